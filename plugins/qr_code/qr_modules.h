#pragma once
/// The one door to the QR Code generator library.
#include <ATen/core/Tensor.h>
#include <calotype/param_traits.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace example {

/// Share of a code that may be unreadable: about 7, 15, 25 and 30 %.
enum class ErrorCorrection { low, medium, quartile, high };

/// The smallest QR code (model 2, ISO/IEC 18004) that holds `text` at exactly this level: bool
/// [S, S], row by row, true = dark, S from 21 to 177, without a border. Text of digits only, or of
/// digits, capitals and ` $%*+-./:`, takes less room than other text, which is stored as its bytes.
/// `mask`: the pattern 0..7; unset takes the one with the lowest penalty, as the standard says.
/// Throws calotype::Error(run) when the text is empty or too long. Thread-safe.
at::Tensor qr_modules(const std::string& text, ErrorCorrection level,
                      std::optional<std::int64_t> mask);

}  // namespace example

template <>
struct calotype::EnumNames<example::ErrorCorrection> {
  static std::span<const std::pair<std::string_view, example::ErrorCorrection>> table();
};
