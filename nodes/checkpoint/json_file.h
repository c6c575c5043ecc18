#pragma once
#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace calotype {

/// The object in a JSON file of at most `limit` bytes. Throws Error(io): missing, no file, too
/// large, not JSON, not an object.
nlohmann::json read_json_object(const std::filesystem::path& file, std::size_t limit);

}  // namespace calotype
