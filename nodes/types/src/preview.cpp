#include "preview.h"

#include <algorithm>
#include <cstdint>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxShown = 4;

/// The first pictures of a batch as float32 in host memory; undefined for another shape.
at::Tensor shown_part(const at::Tensor& batch) {
  if (!batch.defined() || batch.dim() != 4 || batch.numel() == 0) return {};
  return batch.narrow(0, 0, std::min(batch.size(0), kMaxShown)).to(at::kCPU, at::kFloat);
}

/// RGB of SD 1.x, -1..1, from its latent channels; fitted by keturn for version 1.4:
/// https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204
at::Tensor sd1_colours(const at::Tensor& latent) {
  const at::Tensor factors = at::tensor({0.298f, 0.207f, 0.208f,   //
                                         0.187f, 0.286f, 0.173f,   //
                                         -0.158f, 0.189f, 0.264f,  //
                                         -0.184f, -0.271f, -0.473f},
                                        at::kFloat)
                                 .view({4, 3});
  return latent.permute({0, 2, 3, 1}).matmul(factors).permute({0, 3, 1, 2}).add(1).div(2);
}

/// Each channel so that its numbers reach from 0 to 1; 0.5 where all are the same.
at::Tensor stretched(const at::Tensor& channels) {
  const at::Tensor low = channels.amin({0, 2, 3}, /*keepdim=*/true);
  const at::Tensor range = channels.amax({0, 2, 3}, /*keepdim=*/true) - low;
  return at::where(range > 0, (channels - low) / range, 0.5);
}

}  // namespace

Preview picture_preview(const at::Tensor& pixels) {
  const at::Tensor shown = shown_part(pixels);
  if (!shown.defined() || (shown.size(1) != 3 && shown.size(1) != 1)) return {};
  const std::int64_t count = shown.size(0), height = shown.size(2), width = shown.size(3);
  const std::int64_t columns = std::min<std::int64_t>(count, 2);
  const std::int64_t rows = (count + 1) / 2;
  // Cut off as in picture files, so that both show the same numbers.
  const at::Tensor bytes = shown.nan_to_num(0).clamp(0, 1).mul(255).to(at::kByte);
  at::Tensor cells = at::full({rows * columns, height, width, 3}, 255, at::kByte);
  cells.narrow(0, 0, count).copy_(bytes.permute({0, 2, 3, 1}));
  const at::Tensor sheet =
      cells.view({rows, columns, height, width, 3}).permute({0, 2, 1, 3, 4}).contiguous();
  const auto* data = sheet.const_data_ptr<std::uint8_t>();
  return {static_cast<int>(columns * width), static_cast<int>(rows * height),
          std::vector<std::uint8_t>(data, data + sheet.numel())};
}

Preview latent_preview(const at::Tensor& latent) {
  const at::Tensor shown = shown_part(latent);
  if (!shown.defined()) return {};
  const std::int64_t channels = shown.size(1);
  if (channels == 4) return picture_preview(sd1_colours(shown));
  return picture_preview(stretched(shown.narrow(1, 0, channels < 3 ? 1 : 3)));
}

}  // namespace calotype
