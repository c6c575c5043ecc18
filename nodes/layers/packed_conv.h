#pragma once
/// A convolution's weight in oneDNN's layout for the size of the maps that it is used on. Which
/// layout is best depends on that size; with another one each call reorders the weight first, with
/// AVX2 at up to ten times the cost of the convolution. So the weight is laid out when the first
/// maps come. Copies share it. Thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace calotype {

class PackedConv {
 public:
  /// `weight`: [out, in, k, k]. It is held as it is until the first use, and not touched before.
  PackedConv(at::Tensor weight, std::int64_t padding, std::int64_t stride);
  /// For the functions of onednn.h. Lays the weight out anew when maps of a new size come twice in
  /// a row: the last strip of a map that is computed in strips is smaller than the others, and no
  /// reason.
  at::Tensor for_maps_of(const at::Tensor& x) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace calotype
