#pragma once
/// Reading a file of unknown origin as one span of bytes. Torch-free.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "calotype/api.h"

namespace calotype {

/// All bytes of a regular file. `owner` keeps them mapped.
struct MappedFile {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

/// Maps the file copy on write: a stray write can never reach the file. Throws Error(io) when it
/// is missing, unreadable or not a regular file; never waits on a FIFO. The bytes must not be
/// touched after another program has shortened the file.
CALOTYPE_API MappedFile map_file(const std::filesystem::path&);

/// Lets the pages that lie wholly inside `bytes` leave the process's memory; they come back from
/// the file when touched. `bytes` must be of a mapping of map_file.
CALOTYPE_API void drop_pages(std::span<const std::byte> bytes);

}  // namespace calotype
