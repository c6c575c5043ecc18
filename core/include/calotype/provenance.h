#pragma once
/// What made a picture or a tensor file, kept inside it.
#include <map>
#include <string>
#include <string_view>

#include "calotype/api.h"
#include "calotype/cache.h"
#include "calotype/validate.h"

namespace calotype {

/// Key of the text that holds the graph, in a PNG and in the metadata of a safetensors file.
inline constexpr const char* kGraphTextKey = "calotype";

/// Texts to keep in a file that a run of `graph` made: under kGraphTextKey the canonical graph with
/// all defaults filled in, under "calotype_models" the digests of the files that it read (a JSON
/// object from "node.param"), under "Software" the versions. `torch_version`: such as "2.13.0".
/// Throws Error(io) when a file cannot be read any more.
CALOTYPE_API std::map<std::string, std::string> provenance_of(const ResolvedGraph& graph,
                                                              FileDigests& digests,
                                                              std::string_view torch_version);

}  // namespace calotype
