#pragma once
/// Writing a file so that readers see either the old content or all of the new one. Torch-free.
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

/// Throws what an AtomicFile for `path` would, as far as that can be told without writing. Returns
/// the full path of what would be written, all links followed.
CALOTYPE_API std::filesystem::path check_can_write(const std::filesystem::path& path);

/// True for the name of a file that an AtomicFile has not finished.
CALOTYPE_API bool is_temporary(const std::filesystem::path& path);

/// Whether a file is on the medium before it takes its name, so that it outlives a power cut.
enum class Synced { yes, no };

/// Collects bytes under a hidden temporary name in the folder of `path`. `commit` syncs them
/// and renames the file to `path`; without it the destructor removes what was written. Links are
/// followed, and a file that was there before hands its mode on. What is not a file that could be
/// replaced, such as a pipe, a device or /dev/stdout, gets the bytes at once.
/// Every failure throws Error(io) that names `path`. Not thread-safe; two objects for the same
/// path may be used at once, the last commit wins.
class CALOTYPE_API AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path, Synced synced = Synced::yes);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes) { write(std::as_bytes(std::span(bytes))); }
  /// May be called once; the object takes no more bytes afterwards.
  void commit();

 private:
  std::filesystem::path path_;       ///< as the caller named it, for messages
  std::filesystem::path target_;     ///< what is replaced: `path_` with all links followed
  std::filesystem::path temporary_;  ///< empty when the bytes go to their place at once
  Synced synced_;
  int descriptor_ = -1;
};

}  // namespace calotype
