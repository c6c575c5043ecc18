#include "picture_colours.h"

#include <calotype/error.h>
#include <calotype/types/aten.h>

#include <algorithm>
#include <array>
#include <vector>

namespace example {

at::Tensor colour_rows(const calotype::Image& image) {
  using calotype::Error;
  using calotype::ErrorCode;
  const at::Tensor& batch = image.pixels;
  if (!batch.defined() || batch.dim() != 4 || batch.size(1) != 3 || batch.numel() == 0) {
    throw Error(ErrorCode::run, "the image must have the shape [B, 3, H, W], got " +
                                    (batch.defined() ? c10::str(batch.sizes()) : "nothing"));
  }
  const at::Tensor pixels = batch.to(at::kCPU, at::kFloat);
  if (pixels.isnan().any().item<bool>()) {
    throw Error(ErrorCode::run, "the picture contains NaN",
                "run the VAE in float32, or lower the guidance scale");
  }
  return pixels.permute({0, 2, 3, 1}).reshape({-1, 3}).clamp(0, 1).contiguous();
}

ColourCounts count_colours(const at::Tensor& rows) {
  using Row = std::array<float, 3>;
  const auto* data = rows.const_data_ptr<float>();
  std::vector<Row> sorted(static_cast<std::size_t>(rows.size(0)));
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sorted[i] = {data[3 * i], data[3 * i + 1], data[3 * i + 2]};
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<float> colours;
  std::vector<std::int64_t> pixels;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i] != sorted[i - 1]) {
      colours.insert(colours.end(), sorted[i].begin(), sorted[i].end());
      pixels.push_back(0);
    }
    ++pixels.back();
  }
  return {at::tensor(colours, at::kFloat).view({-1, 3}), at::tensor(pixels, at::kLong)};
}

}  // namespace example
