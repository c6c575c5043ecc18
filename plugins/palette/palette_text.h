#pragma once
/// The text of palette files, without torch, so that it can be fuzzed alone.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// Most colours of a palette: as many as a picture with one byte for each pixel can name.
inline constexpr std::int64_t kMaxColours = 256;

enum class PaletteFormat { gpl, hex };

/// Red, green and blue of each colour, 0..255, in the order of the file; names and columns of .gpl
/// are read over. `file` is for messages. Throws calotype::Error(io) with line and column for
/// anything that the format does not have, for no colours and for more than kMaxColours.
std::vector<std::uint8_t> parse_palette_text(std::string_view text, PaletteFormat format,
                                             const std::string& file);

}  // namespace example
