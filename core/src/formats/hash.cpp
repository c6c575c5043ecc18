#include "calotype/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace calotype {

std::string Hash128::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

Hasher& Hasher::u64(std::uint64_t v) {
  for (int i = 0; i < 8; ++i) buffer_.push_back(static_cast<char>(v >> (8 * i)));
  return *this;
}

Hasher& Hasher::text(std::string_view s) {
  u64(s.size());
  buffer_.append(s);
  return *this;
}

Hash128 Hasher::digest() const { return hash_bytes(buffer_.data(), buffer_.size()); }

Hash128 hash_bytes(const void* data, std::size_t size) {
  const XXH128_hash_t h = XXH3_128bits(data, size);
  return {.high = h.high64, .low = h.low64};
}

}  // namespace calotype
