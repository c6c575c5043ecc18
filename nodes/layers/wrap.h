#pragma once
/// Maps whose opposite edges are neighbours, so that a picture can be laid beside itself.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

struct Wrap {
  bool x = false;  ///< left and right
  bool y = false;  ///< top and bottom
  bool any() const { return x || y; }
};

/// While one exists, the convolutions that its thread calls continue maps at their edges with what
/// stands at the opposite edge, in place of zeros. Scopes nest; the inner one counts.
class WrapScope {
 public:
  explicit WrapScope(Wrap wrap);
  ~WrapScope();
  WrapScope(const WrapScope&) = delete;
  WrapScope& operator=(const WrapScope&) = delete;

  /// Of the calling thread.
  static Wrap current();

 private:
  Wrap before_;
};

/// `map` [B, C, H, W] with `n` more rows and columns on each side: those of the opposite edge where
/// the edges are neighbours, else zeros. n is at most H and W.
at::Tensor wrap_around(const at::Tensor& map, std::int64_t n, Wrap wrap);

}  // namespace calotype
