#include <calotype/error.h>
#include <calotype/types/aten.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "palette_file.h"

namespace example {

PaletteFormat palette_format(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".gpl") return PaletteFormat::gpl;
  if (ending == ".hex") return PaletteFormat::hex;
  throw calotype::Error(calotype::ErrorCode::run,
                        "path " + calotype::quote(path.string()) + " must end in .gpl or .hex",
                        "palettes are read and written as GIMP palettes or lists of rrggbb");
}

std::string format_palette(const Palette& palette, PaletteFormat format, const std::string& name) {
  std::string text;
  if (format == PaletteFormat::gpl) {
    std::string line = name;
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
    text = "GIMP Palette\nName: " + line + "\n#\n";
  }
  const at::Tensor bytes = palette.colours.mul(255).round().to(at::kByte);
  const auto channel = bytes.accessor<std::uint8_t, 2>();
  for (std::int64_t i = 0; i < bytes.size(0); ++i) {
    std::array<char, 32> row{};
    const char* const pattern = format == PaletteFormat::gpl ? "%3d %3d %3d\n" : "%02x%02x%02x\n";
    const int length =
        std::snprintf(row.data(), row.size(), pattern, channel[i][0], channel[i][1], channel[i][2]);
    text.append(row.data(), static_cast<std::size_t>(length));
  }
  return text;
}

}  // namespace example
