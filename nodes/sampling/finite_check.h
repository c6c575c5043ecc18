#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

namespace calotype {

/// Throws Error(run) when a tensor that a node is given has NaN or infinities: later they would
/// pass for the model's own. Looks at host memory only, where values of files are; a GPU would have
/// to be waited for. `what`: "the mask".
void check_finite(const char* what, const at::Tensor& given);

/// Finds the first step whose result is not finite. In host memory it is found at once; on another
/// device when `finish` is called, so that no step waits for the device. Not thread-safe.
class FiniteCheck {
 public:
  explicit FiniteCheck(std::size_t steps) : steps_(steps) {}
  /// `step`: number of finished steps. Throws Error(run) naming the step.
  void after_step(std::size_t step, const at::Tensor& x);
  void finish() const;

 private:
  [[noreturn]] void fail(std::size_t step) const;

  std::size_t steps_;
  std::vector<at::Tensor> finite_;
};

}  // namespace calotype
