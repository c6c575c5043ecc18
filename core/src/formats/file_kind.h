#pragma once
#include <string_view>

namespace calotype {

/// What well-known kind of file starts with these bytes, and what to do about it when a
/// safetensors file was wanted. Both empty when the bytes are not recognised.
struct FileKind {
  std::string_view name;  ///< "a PNG picture"
  std::string_view hint;
};

FileKind recognise_file(std::string_view first_bytes);

}  // namespace calotype
