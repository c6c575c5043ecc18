#pragma once
/// Schemas as JSON text, exact in both directions: integers keep their kind and all 64 bits, reals
/// all their bits. Used by the registry cache and by `calotype nodes --json`. Thread-safe.
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"
#include "calotype/schema.h"

namespace calotype {

/// A JSON array with one object per schema, in the given order; members that have their usual
/// value are left out. Throws Error(plugin) naming the node type when a text is not UTF-8.
CALOTYPE_API std::string schemas_to_json(const std::vector<const NodeSchema*>& schemas);

/// The inverse. Throws Error(io) when the text is not what `schemas_to_json` writes.
CALOTYPE_API std::vector<NodeSchema> schemas_from_json(std::string_view text);

}  // namespace calotype
