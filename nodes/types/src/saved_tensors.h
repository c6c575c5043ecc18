#pragma once
// The tensors of a saved value, checked: they may come from any file.
#include <cstdint>
#include <optional>
#include <vector>

#include "calotype/types/tensor_io.h"

namespace calotype {

struct TensorShape {
  const char* text;           ///< for messages: "[B, 3, H, W]"
  std::int64_t rank;          ///< number of dimensions
  std::int64_t channels = 0;  ///< size of the second one; 0: any
};

/// float32, as nodes take it: other floating point numbers are converted, so that files of
/// programs that keep halves can be used. Throws Error(io) for other element types and shapes, and
/// for no element at all.
at::Tensor float_tensor(const ArchiveTensor&, const TensorShape&);

/// Throws Error(io) unless there are `count` integers; `count` empty: any number.
std::vector<std::int64_t> whole_numbers(const ArchiveTensor&,
                                        std::optional<std::int64_t> count = {});

/// Throws Error(io) unless there is one floating point number.
double one_number(const ArchiveTensor&);

}  // namespace calotype
