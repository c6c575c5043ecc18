#pragma once
// What reader and writer of safetensors agree on about one tensor.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "calotype/error.h"
#include "calotype/safetensors.h"

namespace calotype::safetensors {

inline constexpr std::string_view kMetadataKey = "__metadata__";

/// Throws Error(io). `tensor` empty: the problem belongs to the whole file.
[[noreturn]] void refuse(const std::string& file, std::string_view tensor, Diagnostic);

std::optional<DType> dtype_from_name(std::string_view);

/// Text is UTF-8 already. Throws Error(io) for an empty, too long or unprintable name.
void check_name(const std::string& file, std::string_view name);

/// Bytes of a tensor. Throws Error(io) for a rank, a dimension or a size beyond the limits.
std::uint64_t byte_size(const std::string& file, std::string_view name, DType,
                        const std::vector<std::int64_t>& shape);

/// `[2, 3]`
std::string shape_text(const std::vector<std::int64_t>&);

}  // namespace calotype::safetensors
