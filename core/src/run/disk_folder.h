#pragma once
/// The folder of a disk cache as a set of files that several processes change at once. Nothing
/// here throws: a file that is gone or unreadable is passed over.
#include <cstdint>
#include <filesystem>
#include <vector>

#include "calotype/hash.h"

namespace calotype {

struct EntryFile {
  std::filesystem::path path;
  Hash128 key;
  std::uint64_t bytes = 0;
  std::filesystem::file_time_type used;  ///< modification time = time of the last use
};

/// Every entry, in no order.
std::vector<EntryFile> list_entries(const std::filesystem::path& folder);
/// Deletes the entries used longest ago until at most `budget` bytes are left; returns how many
/// bytes are left.
std::uint64_t delete_oldest_entries(const std::filesystem::path& folder, std::uint64_t budget);

/// Deletes half-written files that nobody writes to any more.
void delete_stale_temporaries(const std::filesystem::path& folder);
/// Makes `path` look just used.
void touch(const std::filesystem::path& path);

}  // namespace calotype
