#pragma once
/// 128-bit content hashes (XXH3) for cache keys. Not for security: a person who can choose both
/// inputs can make them collide.
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
  /// 32 lower-case hexadecimal digits, most significant first.
  CALOTYPE_API std::string hex() const;
};

/// Collects fields, then hashes them at once. Each field is written with its length, so that
/// ("ab","c") and ("a","bc") differ. Not thread-safe; reuse one object to avoid allocation.
class CALOTYPE_API Hasher {
 public:
  Hasher& text(std::string_view);  ///< length, then bytes
  Hasher& u64(std::uint64_t);      ///< little-endian
  Hasher& number(double v) { return u64(std::bit_cast<std::uint64_t>(v)); }
  Hasher& hash(const Hash128& h) { return u64(h.high).u64(h.low); }
  Hash128 digest() const;
  void clear() { buffer_.clear(); }

 private:
  std::string buffer_;
};

/// XXH3-128 of a whole buffer.
CALOTYPE_API Hash128 hash_bytes(const void* data, std::size_t size);

}  // namespace calotype

template <>
struct std::hash<calotype::Hash128> {
  std::size_t operator()(const calotype::Hash128& h) const noexcept { return h.low; }
};
