#pragma once
/// A convolution's weight in oneDNN's layout for the size of the maps that it is used on. Which
/// layout is best depends on that size; with another one each call reorders the weight first, with
/// AVX2 at up to ten times the cost of the convolution. Copies share the weight. Thread-safe.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace calotype {

class PackedConv {
 public:
  /// `weight`: [out, in, k, k]. Maps are expected to be `map_side` x `map_side`.
  PackedConv(const at::Tensor& weight, std::int64_t padding, std::int64_t stride,
             std::int64_t map_side);
  /// For the functions of onednn.h. Lays the weight out anew when the first maps are not those that
  /// were expected, later when maps of a new size come twice in a row: the last strip of a map that
  /// is computed in strips is smaller than the others, and no reason.
  at::Tensor for_maps_of(const at::Tensor& x) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace calotype
