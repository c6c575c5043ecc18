#pragma once
/// Digests of files that did not change since, for this process and, given a file, for others.
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "run/file_content.h"

namespace calotype {

/// Thread-safe. The file is read when first needed; a damaged one counts as empty.
class DigestMemory {
 public:
  explicit DigestMemory(std::filesystem::path file) : file_(std::move(file)) {}

  std::optional<Hash128> find(const std::string& path, const FileStamp&);
  /// `read_at`: when reading began, in nanoseconds since 1970. A file that changed less than two
  /// seconds before is not remembered: a second change could leave size and times as they are.
  void add(const std::string& path, const FileStamp&, const Hash128& digest, std::int64_t read_at);
  /// Writes what is new, together with what other processes wrote meanwhile.
  void save();

 private:
  struct Row {
    FileStamp stamp;
    Hash128 digest;
  };
  using Rows = std::map<std::string, Row>;
  Rows read_file() const;
  static std::string format(const Rows&);

  const std::filesystem::path file_;
  std::mutex mutex_;
  bool is_read_ = false;
  Rows rows_;
  Rows unsaved_;
};

}  // namespace calotype
