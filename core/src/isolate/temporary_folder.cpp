#include "isolate/temporary_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "calotype/error.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFolderPrefix = "calotype-run-";
/// A new folder is locked long before.
constexpr auto kUnlockedAge = std::chrono::minutes(1);

/// -1 when another process holds it, or it is somebody else's.
int locked(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0 || ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

void remove_abandoned(const fs::path& base) {
  std::error_code error;
  for (fs::directory_iterator it(base, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(kFolderPrefix)) continue;
    std::error_code gone;
    const auto time = it->last_write_time(gone);
    if (gone || fs::file_time_type::clock::now() - time < kUnlockedAge) continue;
    const int lock = locked(it->path());
    if (lock < 0) continue;
    fs::remove_all(it->path(), gone);
    ::close(lock);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  const auto base = fs::temp_directory_path(error);
  std::string pattern = (base / (std::string(kFolderPrefix) + "XXXXXX")).string();
  if (error || !::mkdtemp(pattern.data())) {
    if (!error) error = {errno, std::generic_category()};
    throw Error(ErrorCode::io,
                "no folder for temporary files can be made in " + quote(base.string()) + ": " +
                    error.message(),
                "set TMPDIR to a folder that you may write to");
  }
  path_ = pattern;
  lock_ = locked(path_);
  remove_abandoned(base);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace calotype
