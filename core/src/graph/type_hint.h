#pragma once
/// What to do about a link of the wrong type, or about one that is missing.
#include <string>
#include <string_view>

#include "calotype/registry.h"
#include "graph/scope.h"

namespace calotype {

/// For an input of type `wanted` of node `reader`; `got` is the type of what is linked to it, ""
/// for nothing. "" when there is no good advice.
std::string type_hint(const Expanded& graph, const Registry& registry, std::string_view wanted,
                      std::string_view got, std::string_view reader);

}  // namespace calotype
