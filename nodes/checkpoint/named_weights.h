#pragma once
/// Weights over the tensors of a file, under other names.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "calotype/tensor_archive.h"
#include "checkpoint/weights.h"

namespace calotype {

/// From a file's name to the name asked for by networks; empty: not part of this model.
using Rename = std::function<std::string(std::string_view)>;

/// Shares the archive's bytes. Null when `rename` finds nothing. `origin` is for messages. Throws
/// Error(io) when two tensors get one name.
std::shared_ptr<const Weights> name_weights(std::string origin, const TensorArchive& archive,
                                            const Rename& rename);

}  // namespace calotype
