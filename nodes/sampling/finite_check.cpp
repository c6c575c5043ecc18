#include "sampling/finite_check.h"

#include <string>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

void check_finite(const char* what, const at::Tensor& given) {
  if (!given.is_cpu() || at::isfinite(given).all().item<bool>()) return;
  throw Error(ErrorCode::run, std::string(what) + " has values that are not finite",
              "look at what made it: a model in float16, or a file");
}

void FiniteCheck::after_step(std::size_t step, const at::Tensor& x) {
  const at::Tensor finite = at::isfinite(x).all();
  if (!x.is_cpu()) {
    finite_.push_back(finite);
  } else if (!finite.item<bool>()) {
    fail(step);
  }
}

void FiniteCheck::finish() const {
  if (finite_.empty()) return;
  const at::Tensor finite = at::stack(finite_).cpu();
  for (std::int64_t i = 0; i < finite.size(0); ++i) {
    if (!finite[i].item<bool>()) fail(static_cast<std::size_t>(i) + 1);
  }
}

void FiniteCheck::fail(std::size_t step) const {
  throw Error(ErrorCode::run,
              "the latent is not finite after step " + std::to_string(step) + " of " +
                  std::to_string(steps_),
              "load the model with dtype float32 or bfloat16, or lower cfg_scale");
}

}  // namespace calotype
