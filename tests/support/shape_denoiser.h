#pragma once
/// A denoiser that says what it takes and computes nothing.
#include <cstdint>
#include <memory>
#include <string>

#include "calotype/types/aten.h"
#include "calotype/types/models.h"

namespace calotype::test {

struct DenoiserShape {
  std::string family = "SD 1.x";
  std::int64_t extra_channels = 0;
  VectorKind vector_kind = VectorKind::none;
  std::int64_t vector_width = 0;
};

class ShapeDenoiser final : public Denoiser {
 public:
  explicit ShapeDenoiser(DenoiserShape shape = {}) : shape_(std::move(shape)) {}

  std::string family() const override { return shape_.family; }
  Prediction prediction() const override { return Prediction::epsilon; }
  Placement placement() const override { return {}; }
  std::int64_t latent_channels() const override { return 4; }
  std::int64_t input_channels() const override { return 4 + shape_.extra_channels; }
  std::int64_t context_width() const override { return 8; }
  VectorKind vector_kind() const override { return shape_.vector_kind; }
  std::int64_t vector_width() const override { return shape_.vector_width; }
  at::Tensor alphas_cumprod() const override { return {}; }
  MemoryUse memory() const override { return {}; }
  std::unique_ptr<DenoiserRun> begin(const DenoiserInput&) const override { return nullptr; }

 private:
  DenoiserShape shape_;
};

}  // namespace calotype::test
