#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace calotype::test {

/// The eight bytes before the header.
inline std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(length >> (8 * i)));
  return bytes;
}

/// A file with this header and `data_size` zero bytes of data.
inline std::string safetensors_bytes(std::string_view header, std::size_t data_size = 0) {
  return length_bytes(header.size()) + std::string(header) + std::string(data_size, '\0');
}

}  // namespace calotype::test
