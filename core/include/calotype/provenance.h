#pragma once
/// What made a picture or a tensor file, kept inside it.
#include <map>
#include <string>
#include <string_view>

#include "calotype/api.h"
#include "calotype/validate.h"

namespace calotype {

/// Key of the text that holds the graph, in a PNG and in the metadata of a safetensors file.
inline constexpr const char* kGraphTextKey = "calotype";

/// Key of the text that holds digests of the files that were read.
inline constexpr const char* kFileDigestsKey = "calotype_models";

/// As these texts show a digest.
inline std::string shown_digest(const std::string& hex) { return "xxh3-128:" + hex; }

/// Texts to keep in a file that a run of `graph` made: under kGraphTextKey the canonical graph with
/// all defaults filled in, under kFileDigestsKey what Plan::file_digests says of the files that
/// it read (a JSON object from "node.param"), under "Software" the versions. `torch_version`: such
/// as "2.13.0".
CALOTYPE_API std::map<std::string, std::string> provenance_of(
    const ResolvedGraph& graph, const std::map<std::string, std::string>& file_digests,
    std::string_view torch_version);

}  // namespace calotype
