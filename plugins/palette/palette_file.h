#pragma once
/// Palette files: GIMP's .gpl and .hex, one "rrggbb" a line. Both are text with 8 bits a channel.
#include <filesystem>
#include <string>
#include <string_view>

#include "palette.h"
#include "palette_text.h"

namespace example {

/// By the ending of `path`, in any case. Throws calotype::Error(run) for another ending.
PaletteFormat palette_format(const std::filesystem::path& path);

/// The colours of the text; see parse_palette_text.
Palette parse_palette(std::string_view text, PaletteFormat format, const std::string& file);

/// Reads at most 1 MiB. Throws calotype::Error(io): missing, no regular file, too large, malformed.
Palette read_palette(const std::filesystem::path& path);

/// The palette as such a file, each channel rounded to 8 bits. `name` is for .gpl; control
/// characters in it become spaces.
std::string format_palette(const Palette& palette, PaletteFormat format, const std::string& name);

}  // namespace example
