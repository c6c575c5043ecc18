#include "qr_modules.h"

#include <calotype/error.h>
#include <calotype/types/aten.h>

#include <array>
#include <qrcodegen.hpp>
#include <vector>

namespace example {

namespace {

using qrcodegen::QrCode;
using qrcodegen::QrSegment;

/// A way to store text, and how many characters of it the largest code holds at each level
/// (ISO/IEC 18004, table 7, version 40).
struct TextMode {
  std::string_view unit;
  std::array<std::size_t, 4> capacity;
};
constexpr TextMode kDigits{"digits", {7089, 5596, 3993, 3057}};
constexpr TextMode kCapitals{"digits and capitals", {4296, 3391, 2420, 1852}};
constexpr TextMode kBytes{"bytes", {2953, 2331, 1663, 1273}};

const TextMode& mode_of(const std::string& text) {
  // The library's own functions end at the first zero byte.
  if (text.find('\0') != std::string::npos) return kBytes;
  if (QrSegment::isNumeric(text.c_str())) return kDigits;
  if (QrSegment::isAlphanumeric(text.c_str())) return kCapitals;
  return kBytes;
}

QrSegment segment_of(const std::string& text, const TextMode& mode) {
  if (&mode == &kDigits) return QrSegment::makeNumeric(text.c_str());
  if (&mode == &kCapitals) return QrSegment::makeAlphanumeric(text.c_str());
  return QrSegment::makeBytes({text.begin(), text.end()});
}

}  // namespace

at::Tensor qr_modules(const std::string& text, ErrorCorrection level,
                      std::optional<std::int64_t> mask) {
  using calotype::Error;
  using calotype::ErrorCode;
  if (text.empty()) throw Error(ErrorCode::run, "the text is empty", "set text");
  const TextMode& mode = mode_of(text);
  const std::size_t capacity = mode.capacity[static_cast<std::size_t>(level)];
  if (text.size() > capacity) {
    const std::string unit(mode.unit);
    const auto name = calotype::ParamTraits<ErrorCorrection>::store(level);
    throw Error(ErrorCode::run,
                "the text has " + std::to_string(text.size()) + " " + unit +
                    "; a QR code with error_correction " + calotype::to_text(name) + " holds " +
                    std::to_string(capacity),
                level == ErrorCorrection::low ? "shorten the text"
                                              : "shorten the text, or lower error_correction");
  }
  constexpr std::array kLevels{QrCode::Ecc::LOW, QrCode::Ecc::MEDIUM, QrCode::Ecc::QUARTILE,
                               QrCode::Ecc::HIGH};
  const QrCode code = QrCode::encodeSegments(
      {segment_of(text, mode)}, kLevels[static_cast<std::size_t>(level)], QrCode::MIN_VERSION,
      QrCode::MAX_VERSION, mask ? static_cast<int>(*mask) : -1, /*boostEcl=*/false);

  at::Tensor modules = at::empty({code.getSize(), code.getSize()}, at::kBool);
  auto dark = modules.accessor<bool, 2>();
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) dark[y][x] = code.getModule(x, y);
  }
  return modules;
}

}  // namespace example

std::span<const std::pair<std::string_view, example::ErrorCorrection>>
calotype::EnumNames<example::ErrorCorrection>::table() {
  using enum example::ErrorCorrection;
  static constexpr std::array<std::pair<std::string_view, example::ErrorCorrection>, 4> kTable{
      {{"low", low}, {"medium", medium}, {"quartile", quartile}, {"high", high}}};
  return kTable;
}
