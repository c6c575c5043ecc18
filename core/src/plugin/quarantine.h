#pragma once
/// Plugins that killed the process that scanned them: known by content, so that no later start
/// scans them again.
#include <filesystem>
#include <map>
#include <string>

#include "calotype/error.h"
#include "plugin/learnt_file.h"
#include "plugin/trusted_file.h"

namespace calotype {

/// One JSON file. A missing or damaged file counts as empty, and so does one of another build of
/// Calotype or libtorch, with which the plugin may work. Not for security: a plugin that is meant
/// to do harm does not crash.
class Quarantine {
 public:
  /// An empty path gives one that forgets.
  explicit Quarantine(std::filesystem::path file);

  /// Throws Error(plugin) when this content is in quarantine. Reads the library only when one of
  /// its size is.
  void check(const TrustedFile& library) const;
  /// `what` the plugin did, such as `it crashed with SIGSEGV while it was opened`.
  void add(const TrustedFile& library, const std::string& what);
  /// Writes the file if anything was added. Throws Error(io).
  void save();

  /// The refusal, now and later.
  Error refusal(const std::filesystem::path& library, const std::string& what) const;

 private:
  struct Entry {
    std::uint64_t size = 0;
    std::string library;  ///< where it lay, for people
    std::string what;
  };
  LearntFile file_;
  std::map<std::string, Entry> entries_;  ///< by digest of the content
  bool changed_ = false;
};

}  // namespace calotype
