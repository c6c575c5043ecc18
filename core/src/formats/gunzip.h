#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace calotype {

/// Unpacks one gzip stream. Throws Error(io) that names `file` when it is damaged, cut off or
/// longer than `max_size` bytes.
std::string gunzip(std::string_view packed, std::size_t max_size, const std::string& file);

}  // namespace calotype
