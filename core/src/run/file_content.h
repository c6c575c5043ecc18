#pragma once
/// Reading files for their digests.
#include <compare>
#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "calotype/hash.h"

namespace calotype {

/// What tells one state of a file from another without reading it. Times are nanoseconds since
/// 1970; the change time catches tools that set the modification time back.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const FileStamp&, const FileStamp&) = default;
};

/// Throws Error(io) when the file is gone.
FileStamp stamp_of(const std::filesystem::path&);
/// XXH3-128 of all bytes, read piece by piece. Throws Error(io), and Error(cancelled) after a stop
/// request; never blocks on a pipe.
Hash128 digest_content(const std::filesystem::path&, const std::stop_token& stop);

}  // namespace calotype
