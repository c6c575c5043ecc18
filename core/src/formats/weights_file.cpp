#include "calotype/weights_file.h"

#include <string>
#include <string_view>
#include <utility>

#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "calotype/safetensors.h"
#include "calotype/torch_file.h"
#include "formats/file_kind.h"
#include "formats/little_endian.h"

namespace calotype {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string what,
                         std::string_view hint) {
  throw Error(
      ErrorCode::io,
      {Diagnostic{.file = path.string(), .what = std::move(what), .hint = std::string(hint)}});
}

bool is_named_safetensors(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".safetensors";
}

bool starts_like_safetensors(std::string_view text) {
  return text.size() >= 8 && little_endian(text.substr(0, 8)) <= kMaxSafetensorsHeader;
}

}  // namespace

TensorArchive open_weights_file(const std::filesystem::path& path) {
  const MappedFile file = map_file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (text.empty()) refuse(path, "the file is empty", {});
  // Who names a file .safetensors promises that there is no pickle in it.
  if (!is_named_safetensors(path)) {
    if (is_torch_file(text)) return read_torch_file(file, path.string());
    if (!starts_like_safetensors(text)) {
      if (const FileKind kind = recognise_file(text); !kind.name.empty()) {
        refuse(path, "this is " + std::string(kind.name) + ", not a file of weights", kind.hint);
      }
      refuse(path, "this is neither a safetensors file nor one of PyTorch", {});
    }
  }
  return SafetensorsFile(path).archive();
}

}  // namespace calotype
