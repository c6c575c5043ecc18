#pragma once
#include <filesystem>

namespace calotype {

/// A fresh folder in the system's folder for temporary files, for this user alone; removed with
/// everything in it. One whose process was killed is removed when the next one is made.
class TemporaryFolder {
 public:
  /// Throws Error(io).
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;  ///< the folder itself, open and locked as long as the process lives
};

}  // namespace calotype
