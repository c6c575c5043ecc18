#pragma once
/// The form of one entry of the disk cache: a safetensors file whose metadata says what it is and
/// carries a checksum over all that it says.
#include <filesystem>
#include <optional>
#include <string>

#include "calotype/cache.h"

namespace calotype {

/// The archive with the entry's own metadata added. No value when the archive uses names of ours.
std::optional<TensorArchive> seal_entry(const Hash128& key, const EntryInfo&, const TensorArchive&);

enum class EntryState {
  good,
  damaged,    ///< or of another version, or a folder or the like: of no use to anybody
  unreadable  ///< by this process at this time, or gone
};

struct OpenedEntry {
  EntryState state = EntryState::damaged;
  std::optional<TensorArchive> archive;  ///< of a good one
};

/// Reads and checks a whole entry. `expected` null: any node; its port_type_version 0: any version.
OpenedEntry open_entry(const std::filesystem::path&, const Hash128& key, const EntryInfo* expected);

/// `<folder>/<2 hex>/<key>.safetensors`
std::filesystem::path entry_path(const std::filesystem::path& folder, const Hash128& key);
/// The key of a file name made by `entry_path`; no value for other names.
std::optional<Hash128> entry_key(const std::filesystem::path&);

}  // namespace calotype
