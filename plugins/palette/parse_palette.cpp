#include <calotype/error.h>
#include <calotype/mapped_file.h>
#include <calotype/types/aten.h>

#include <cstdint>

#include "palette_file.h"

namespace example {

namespace {

constexpr std::size_t kMaxPaletteFile = 1 << 20;  // bytes; a full palette takes some kilobytes

}  // namespace

Palette parse_palette(std::string_view text, PaletteFormat format, const std::string& file) {
  const at::Tensor bytes =
      at::tensor(parse_palette_text(text, format, file), at::kByte).view({-1, 3});
  return {bytes.to(at::kFloat).div(255), at::zeros({bytes.size(0)}, at::kLong)};
}

Palette read_palette(const std::filesystem::path& path) {
  const PaletteFormat format = palette_format(path);
  const calotype::MappedFile file = calotype::map_file(path);
  if (file.bytes.size() > kMaxPaletteFile) {
    throw calotype::Error(calotype::ErrorCode::io,
                          {calotype::Diagnostic{.file = path.string(),
                                                .what = "the file is too large for a palette",
                                                .expected = "at most 1048576 bytes",
                                                .got = std::to_string(file.bytes.size())}});
  }
  // A copy, because another program may change the file while it is read.
  const std::string text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  return parse_palette(text, format, path.string());
}

}  // namespace example
