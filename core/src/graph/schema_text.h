#pragma once
/// Short texts about parameters and ports that all generated documents share.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/schema.h"

namespace calotype {

/// "1 to 1000", "at least 0", or "" when everything is allowed.
std::string range_text(const ParamSchema&);
/// All that restricts a value: range, step, unit, choices; "" when nothing does.
std::string limits_text(const ParamSchema&);
/// "20", "required" or "unset".
std::string default_text(const ParamSchema&);
/// "integer", "number", "path" and so on.
std::string kind_text(const ParamSchema&);
/// "optional", "several", or "" for a single required port.
std::string arity_text(const PortSchema&);
/// Words of `text` in lines of at most 80 columns, each after `margin` blanks.
std::string wrapped(std::string_view text, std::size_t margin);

}  // namespace calotype
