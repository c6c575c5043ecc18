#pragma once
/// Where results are kept: in memory for this process, on disk for all. Keys name the computation
/// (see docs/caching.md), so entries never go stale; they are only dropped. All thread-safe.
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "calotype/api.h"
#include "calotype/hash.h"
#include "calotype/tensor_archive.h"
#include "calotype/value.h"

namespace calotype {

/// Keeps values by key, least recently used first out, within separate budgets for host and
/// device memory. Values that are in use elsewhere are only forgotten, not freed.
class CALOTYPE_API MemoryCache {
 public:
  MemoryCache(std::size_t host_budget, std::size_t device_budget);
  ~MemoryCache();

  /// Empty value when absent.
  Value get(const Hash128& key);
  /// A value larger than its whole budget is not kept. When the device budget is exceeded, older
  /// device values are moved to the host (PortType::to_host) before any is dropped.
  void put(const Hash128& key, Value value);
  void remove(const Hash128& key);
  void clear();
  MemoryUse used() const;
  std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What an entry says about itself, kept in its metadata and checked when it is read.
struct EntryInfo {
  std::string port_type;
  int port_type_version = 0;  ///< 0 in what is expected: any (the plugin is not open yet)
  std::string node_type;
  int node_version = 0;
};

struct DiskStats {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t budget = 0;
};

/// `<folder>/<2 hex>/<key>.safetensors`. Written under a temporary name and renamed, so several
/// processes may share a folder. Not synced: after a power cut an entry may be damaged, which its
/// checksum tells. An entry that is damaged or of another version is a miss and is deleted; one
/// that cannot be read now (no memory, no permission) is a miss alone. A folder that cannot be
/// written makes the cache read-only, with one warning.
class CALOTYPE_API DiskCache {
 public:
  DiskCache(std::filesystem::path folder, std::uint64_t budget);
  ~DiskCache();

  /// Checks the stored checksum; marks the entry as used.
  std::optional<TensorArchive> get(const Hash128& key, const EntryInfo& expected);
  bool contains(const Hash128& key) const;
  /// False when it was not kept (read-only folder, disk full, larger than the budget).
  bool put(const Hash128& key, const EntryInfo& info, const TensorArchive& archive);
  DiskStats stats() const;
  /// Deletes all entries; returns how many.
  std::uint64_t clear();
  /// Reads every entry; deletes the damaged ones and returns their file names.
  std::vector<std::string> verify();
  /// One message per kind of trouble since the last call (read-only, disk full).
  std::vector<std::string> take_warnings();
  const std::filesystem::path& folder() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a file or folder held, and what tells without reading it whether it changed since.
struct FileState {
  Hash128 content;
  Hash128 stamp;
};

/// Digest of a file's content, or of all files of a folder (names and contents). Remembered in
/// `<cache>/files.json` by path, size, inode, mtime and ctime. Throws Error(io), and
/// Error(cancelled) when it is asked to stop while it reads.
class CALOTYPE_API FileDigests {
 public:
  /// `memory` empty: remembered for this process only.
  explicit FileDigests(std::filesystem::path memory);
  ~FileDigests();
  Hash128 digest(const std::filesystem::path& path) { return state(path).content; }
  FileState state(const std::filesystem::path&, const std::stop_token& stop = {});
  /// Of sizes, times and inodes; another one than FileState::stamp after a change. Throws
  /// Error(io).
  static Hash128 stamp(const std::filesystem::path&);
  /// Writes what is new, atomically. Failing to write is not an error.
  void save();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// CALOTYPE_CACHE_DIR, else XDG_CACHE_HOME/calotype, else ~/.cache/calotype.
CALOTYPE_API std::filesystem::path default_cache_folder();

}  // namespace calotype
