#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace calotype {

/// All bytes of a regular file. `owner` keeps them mapped.
struct MappedFile {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

/// Maps the file copy on write: a stray write can never reach the file. Throws Error(io) when it
/// is missing, unreadable or not a regular file; never waits on a FIFO. The bytes must not be
/// touched after another program has shortened the file.
MappedFile map_file(const std::filesystem::path&);

}  // namespace calotype
