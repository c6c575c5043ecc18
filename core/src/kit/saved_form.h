#pragma once
/// Tells whether two values of one port type are the same, by what their save hook gives.
#include <cstdint>
#include <string>

#include "calotype/hash.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// Of names, types, shapes, bytes and metadata. Throws Error(io) when the bytes are damaged.
Hash128 saved_digest(const TensorArchive&);
/// Bytes of all tensors.
std::uint64_t saved_bytes(const TensorArchive&);
/// What differs first, or "" when nothing does.
std::string saved_difference(const TensorArchive& first, const TensorArchive& second);

}  // namespace calotype
