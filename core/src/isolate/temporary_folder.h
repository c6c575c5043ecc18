#pragma once
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "calotype/error.h"

namespace calotype {

/// A fresh folder in the system's folder for temporary files, for this user alone; removed with
/// everything in it.
class TemporaryFolder {
 public:
  /// Throws Error(io).
  TemporaryFolder() {
    std::error_code error;
    const auto base = std::filesystem::temp_directory_path(error);
    std::string pattern = (base / "calotype-run-XXXXXX").string();
    if (error || !::mkdtemp(pattern.data())) {
      if (!error) error = {errno, std::generic_category()};
      throw Error(ErrorCode::io,
                  "no folder for temporary files can be made in " + quote(base.string()) + ": " +
                      error.message(),
                  "set TMPDIR to a folder that you may write to");
    }
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace calotype
