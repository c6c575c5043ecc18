#include "calotype/weights_file.h"

#include <string>
#include <string_view>

#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "calotype/safetensors.h"

namespace calotype {

namespace {

using namespace std::string_view_literals;

[[noreturn]] void refuse(const std::filesystem::path& path, std::string what, std::string hint) {
  throw Error(
      ErrorCode::io,
      {Diagnostic{.file = path.string(), .what = std::move(what), .hint = std::move(hint)}});
}

bool is_named_safetensors(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".safetensors";
}

/// Both magic numbers would be impossible lengths of a safetensors header.
bool is_torch_file(std::string_view text) {
  const bool pickle = text.size() >= 3 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 &&
                      (text[2] == '\x8a' || text[2] == '\x95');
  return pickle || text.starts_with("PK\x03\x04"sv);
}

}  // namespace

TensorArchive open_weights_file(const std::filesystem::path& path) {
  const MappedFile file = map_file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (text.empty()) refuse(path, "the file is empty", {});
  if (!is_named_safetensors(path) && is_torch_file(text)) {
    refuse(path, "pickle checkpoints are not read", "convert the file to safetensors");
  }
  return SafetensorsFile(path).archive();
}

}  // namespace calotype
