#pragma once
/// A folder that goes with its object.
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "calotype/error.h"

namespace calotype::python {

/// Only this user can look into it.
class TemporaryFolder {
 public:
  /// Throws Error(io) when it cannot be made.
  TemporaryFolder() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "calotype-XXXXXX").string();
    if (error || !::mkdtemp(name.data())) {
      throw Error(ErrorCode::io, "cannot make a temporary folder " + quote(name),
                  "set TMPDIR to a folder that can be written");
    }
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace calotype::python
