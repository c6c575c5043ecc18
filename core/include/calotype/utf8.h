#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

/// Offset of the first byte that is not strict UTF-8: no overlong forms, no surrogates, nothing
/// above U+10FFFF.
CALOTYPE_API std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace calotype
