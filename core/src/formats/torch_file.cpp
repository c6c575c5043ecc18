#include "calotype/torch_file.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "formats/file_kind.h"
#include "formats/little_endian.h"
#include "formats/torch_layouts.h"

namespace calotype {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kZip = "PK\x03\x04"sv;
constexpr std::string_view kEmptyZip = "PK\x05\x06"sv;

bool is_zip(std::string_view bytes) {
  return bytes.starts_with(kZip) || bytes.starts_with(kEmptyZip);
}

/// PROTO and a protocol, unless these are the length of a safetensors header.
bool is_pickle(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5 &&
         (bytes.size() < 8 || little_endian(bytes.substr(0, 8)) > kMaxSafetensorsHeader);
}

}  // namespace

bool is_torch_file(std::string_view bytes) { return is_zip(bytes) || is_pickle(bytes); }

TensorArchive read_torch_file(const MappedFile& mapped, const std::string& file) {
  const std::string_view text(reinterpret_cast<const char*>(mapped.bytes.data()),
                              mapped.bytes.size());
  if (is_zip(text)) return torch_format::read_zip(mapped, text, file);
  if (is_pickle(text)) return torch_format::read_legacy(mapped, text, file);
  const FileKind kind = recognise_file(text);
  throw Error(ErrorCode::io,
              {Diagnostic{.file = file,
                          .what = text.empty() ? "the file is empty"
                                  : kind.name.empty()
                                      ? "this is not a PyTorch file"
                                      : fmt::format("this is {}, not a PyTorch file", kind.name),
                          .hint = std::string(kind.hint)}});
}

TensorArchive read_torch_file(const std::filesystem::path& path) {
  return read_torch_file(map_file(path), path.string());
}

}  // namespace calotype
