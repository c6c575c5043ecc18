#include "layers/parallel.h"

#include <ATen/TensorIterator.h>

#include "calotype/types/aten.h"

namespace calotype {

// at::parallel_for is a header that starts OpenMP teams where it is compiled, so it would need
// -fopenmp here and bring a second OpenMP runtime beside the one that torch ships. An iterator's
// loop runs inside libtorch, on its threads.
void parallel_tasks(std::int64_t count, const std::function<void(std::int64_t)>& task) {
  at::Tensor numbers = at::arange(count, at::kLong);
  auto iterator = at::TensorIterator::nullary_op(numbers);
  const auto loop = [&](char** data, const std::int64_t* strides, std::int64_t size0,
                        std::int64_t size1) {
    for (std::int64_t j = 0; j < size1; ++j) {
      for (std::int64_t i = 0; i < size0; ++i) {
        const char* at = data[0] + i * strides[0] + j * strides[1];
        task(*reinterpret_cast<const std::int64_t*>(at));
      }
    }
  };
  iterator.for_each(loop, 1);
}

}  // namespace calotype
