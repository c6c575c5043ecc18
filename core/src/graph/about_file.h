#pragma once
/// Messages about the files that parameters name.
#include <cstddef>

#include "calotype/error.h"
#include "calotype/validate.h"

namespace calotype {

/// About the file of param `index`: at the node, or nowhere in the graph when the caller set the
/// path. The hint says where a file was looked for that is nowhere. `what` is the caller's.
Diagnostic about_file(const ResolvedNode& node, std::size_t index);

}  // namespace calotype
