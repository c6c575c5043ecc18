#pragma once
/// Parameters, and small values of Calotype's own port types made without knowing their
/// C++ types: through the load hook, from what the type would have saved.
#include <optional>

#include "calotype/schema.h"
#include "calotype/value.h"

namespace calotype {

/// An empty value when the type is none of Calotype's own, or a model. The same values each time.
/// Throws whatever the load hook throws.
Value made_up_value(const PortType& type);

/// The default, or for a param that has none a value that it allows; nothing for paths and for
/// names of port types, which `names_type` says, and when none was found.
std::optional<ParamValue> made_up_param(const ParamSchema& param, bool names_type);

}  // namespace calotype
