#include "sampling/extra_vector.h"

#include <fmt/format.h>

#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/timestep_embedding.h"

namespace calotype {

namespace {

constexpr std::int64_t kPixelsPerLatent = 8;
constexpr double kWantedScore = 6;
constexpr double kUnwantedScore = 2.5;

PictureSizes sizes_of(const Conditioning& c, const LatentSize& size) {
  if (c.sizes) return *c.sizes;
  const std::int64_t width = size.width * kPixelsPerLatent;
  const std::int64_t height = size.height * kPixelsPerLatent;
  return {.original_width = width,
          .original_height = height,
          .target_width = width,
          .target_height = height};
}

std::vector<double> numbers_of(VectorKind kind, const Conditioning& c, Side side,
                               const LatentSize& size) {
  const PictureSizes s = sizes_of(c, size);
  std::vector<double> numbers;
  for (const std::int64_t pixels : {s.original_height, s.original_width, s.crop_top, s.crop_left}) {
    numbers.push_back(static_cast<double>(pixels));
  }
  if (kind == VectorKind::sdxl_refiner) {
    const double usual = side == Side::positive ? kWantedScore : kUnwantedScore;
    numbers.push_back(c.aesthetic_score.value_or(usual));
  } else {
    numbers.push_back(static_cast<double>(s.target_height));
    numbers.push_back(static_cast<double>(s.target_width));
  }
  return numbers;
}

/// [B, `width`] in host memory, float32.
at::Tensor rows_of(const at::Tensor& values, const char* what, Side side, std::int64_t width,
                   std::int64_t batch) {
  const bool fits = values.dim() == 2 && (values.size(0) == 1 || values.size(0) == batch) &&
                    values.size(1) == width;
  if (!fits) {
    throw Error(ErrorCode::run,
                fmt::format("the {} of the {} conditioning must have the shape [1, {}] or [{}, {}],"
                            " got ",
                            what, name_of(side), width, batch, width) +
                    c10::str(values.sizes()),
                "use the encoders of the model's own checkpoint");
  }
  return values.to(at::kCPU, at::kFloat).expand({batch, width});
}

[[noreturn]] void lacks(const Denoiser& model, Side side, const char* what, const char* hint) {
  throw Error(ErrorCode::run,
              fmt::format("the model is {} and takes {}, the {} conditioning has none",
                          model.family(), what, name_of(side)),
              hint);
}

at::Tensor text_and_numbers(const Denoiser& model, const Conditioning& c, Side side,
                            const LatentSize& size) {
  if (!c.pooled.defined()) {
    lacks(model, side, "the text as one vector too",
          "encode the text with the text encoder of an SDXL checkpoint");
  }
  const VectorKind kind = model.vector_kind();
  const std::int64_t width = model.vector_width() - numbers_in(kind) * kNumberWidth;
  const at::Tensor pooled = rows_of(c.pooled, "pooled text", side, width, size.batch);
  const at::Tensor numbers = at::tensor(numbers_of(kind, c, side, size), at::kFloat);
  const at::Tensor waves = timestep_embedding(numbers, kNumberWidth).reshape({1, -1});
  return at::cat({pooled, waves.expand({size.batch, -1})}, 1);
}

at::Tensor image_embedding(const Denoiser& model, const Conditioning& c, Side side,
                           std::int64_t batch) {
  if (c.vector.defined()) {
    return rows_of(c.vector, "image embedding", side, model.vector_width(), batch);
  }
  if (side == Side::negative) return at::zeros({batch, model.vector_width()}, at::kFloat);
  lacks(model, side, "the embedding of a picture",
        "add the embedding of a picture between TextEncode and Sample");
}

}  // namespace

at::Tensor extra_vector(const Denoiser& model, const Conditioning& c, Side side,
                        const LatentSize& size) {
  const VectorKind kind = model.vector_kind();
  if (kind == VectorKind::image) return image_embedding(model, c, side, size.batch);
  if (c.vector.defined()) {
    throw Error(ErrorCode::run,
                fmt::format("the model is {} and takes no embedding of a picture, the {} "
                            "conditioning has one",
                            model.family(), name_of(side)),
                "take out the node that adds it, or load an unCLIP model");
  }
  if (numbers_in(kind) == 0) return {};
  return text_and_numbers(model, c, side, size);
}

}  // namespace calotype
