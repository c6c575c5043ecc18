#pragma once
/// Named weights of one model, and the reader through which a network takes them. Names are those
/// of the original single-file checkpoints without their prefix (`input_blocks.0.0.weight`),
/// whatever the file's own layout.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/types/models.h"

namespace calotype {

/// Immutable and thread-safe.
class Weights {
 public:
  Weights() = default;
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  virtual ~Weights();

  virtual std::string origin() const = 0;  ///< file or folder, for messages
  virtual std::vector<std::string> names() const = 0;
  /// Null when there is no such tensor. Reads no data.
  virtual const std::vector<std::int64_t>* shape(std::string_view name) const = 0;
  /// As stored: element type of the file, host memory, sharing the mapped file, whose pages leave
  /// memory with the tensor: a file that stays beside the network would double what loading takes.
  /// Throws Error(io) when absent.
  virtual at::Tensor tensor(std::string_view name) const = 0;
  /// Lets the tensor's pages of a mapped file leave memory until they are read again.
  virtual void drop_pages(std::string_view) const {}
  /// Bytes of all tensors as stored.
  virtual std::size_t bytes() const = 0;
};

/// Hands a network its tensors, converted and placed, and keeps account: everything that is
/// missing, misshapen, not finite or left over is reported at once by `finish`. Not thread-safe.
class WeightReader {
 public:
  /// `model` is for messages: "UNet", "text encoder", "VAE".
  WeightReader(const Weights&, Placement, std::string model);

  /// A copy of the tensor in `placement`'s dtype and device (shared when nothing must change).
  /// Shapes may differ in ones at their end (a linear layer stored as a 1x1 convolution). On a
  /// problem it is recorded and zeros of `shape` are returned, which take no memory. On the meta
  /// device only names and shapes are checked and no data is read.
  at::Tensor take(std::string_view name, std::vector<std::int64_t> shape);
  /// `take` when the file has the name, else an undefined tensor.
  at::Tensor take_if_present(std::string_view name, std::vector<std::int64_t> shape);
  /// Names that start so may be there; they are not read.
  void leave(std::string_view prefix) { left_.emplace_back(prefix); }
  const Weights& weights() const { return weights_; }
  const Placement& placement() const { return placement_; }
  /// Throws Error(io) that names missing, misshapen, non-finite and unused tensors (the first 8 of
  /// each kind and how many more).
  void finish();

 private:
  const Weights& weights_;
  Placement placement_;
  std::string model_;
  std::set<std::string, std::less<>> taken_;
  std::vector<std::string> left_;
  std::vector<std::string> missing_;
  std::vector<std::string> misshapen_;
  std::vector<std::string> not_finite_;
};

}  // namespace calotype
