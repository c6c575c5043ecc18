// The first byte chooses the format, the rest is the text of a palette file.
#include <cstdint>
#include <cstdlib>

#include "calotype/error.h"
#include "palette/palette_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto format = data[0] % 2 == 0 ? example::PaletteFormat::gpl : example::PaletteFormat::hex;
  try {
    const auto channels = example::parse_palette_text(
        {reinterpret_cast<const char*>(data) + 1, size - 1}, format, "f");
    if (channels.empty() || channels.size() % 3 != 0) std::abort();
    if (channels.size() > 3 * static_cast<std::size_t>(example::kMaxColours)) std::abort();
  } catch (const calotype::Error& e) {
    if (e.code() != calotype::ErrorCode::io || e.diagnostics().size() != 1) std::abort();
  }
  return 0;
}
