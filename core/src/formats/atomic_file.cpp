#include "calotype/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "calotype/error.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::string hint_for(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "create the folder first";
    case ENOSPC:
    case EDQUOT:
      return "free some space on that disk";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to";
    case EISDIR:
      return "it is a folder: choose another name";
    case ENAMETOOLONG:
      return "choose a shorter name";
    default:
      return {};
  }
}

constexpr std::string_view kPrefix = ".calotype-";
constexpr std::string_view kSuffix = ".tmp";

std::string random_name() {
  std::random_device random;
  return fmt::format("{}{:08x}{:08x}{}", kPrefix, random(), random(), kSuffix);
}

[[noreturn]] void fail(const fs::path& path, std::string_view step, int error_number) {
  throw Error(ErrorCode::io,
              {Diagnostic{.file = path.string(),
                          .what = fmt::format("could not {} the file: {}", step,
                                              std::generic_category().message(error_number)),
                          .hint = hint_for(error_number)}});
}

/// The number of the open file that `path` is a name of, as /proc/self/fd/1 is.
std::optional<int> descriptor_of(const fs::path& path) {
  std::error_code error;
  const fs::path open_files = fs::canonical("/proc/self/fd", error);
  if (error || fs::canonical(folder_of(path), error) != open_files || error) return {};
  const std::string name = path.filename().string();
  int number = 0;
  const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (bad != std::errc() || end != name.data() + name.size()) return {};
  return number;
}

/// Where the bytes for a path go.
struct Target {
  fs::path path;                  ///< all links followed, also one to a file that is not there yet
  std::optional<int> descriptor;  ///< a file that this process has open already
  std::optional<struct stat> existing;

  /// Nothing that could be replaced: a pipe, a device, an open file.
  bool is_written_through() const {
    return descriptor || (existing && !S_ISREG(existing->st_mode));
  }
};

Target target_of(const fs::path& path) {
  constexpr int kMaxLinks = 40;  // as many as the system follows
  Target target{path, {}, {}};
  std::error_code error;
  for (int i = 0; i < kMaxLinks; ++i) {
    target.descriptor = descriptor_of(target.path);
    if (target.descriptor) return target;
    const fs::path next = fs::read_symlink(target.path, error);
    if (error) break;
    target.path = folder_of(target.path) / next;
  }
  struct stat s {};
  if (::stat(target.path.c_str(), &s) == 0) {
    if (S_ISDIR(s.st_mode)) fail(path, "write", EISDIR);
    target.existing = s;
  } else if (errno != ENOENT) {
    fail(path, "create", errno);
  }
  return target;
}

/// What takes the place of a file looks like it to others. Only the administrator can give it the
/// owner of the old one.
void take_over(int descriptor, const struct stat& old) {
  if (::fchown(descriptor, old.st_uid, old.st_gid) != 0) {
    [[maybe_unused]] const int ignored = ::fchown(descriptor, static_cast<uid_t>(-1), old.st_gid);
  }
  ::fchmod(descriptor, old.st_mode & 0777);
}

}  // namespace

bool is_temporary(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

fs::path check_can_write(const fs::path& path) {
  const Target target = target_of(path);
  if (target.descriptor) return target.path;
  const bool in_place = target.is_written_through();
  const fs::path asked = in_place ? target.path : folder_of(target.path);
  if (::access(asked.c_str(), in_place ? W_OK : W_OK | X_OK) != 0) {
    fail(path, in_place ? "write" : "create", errno);
  }
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(target.path), error);
  return error ? target.path : folder / target.path.filename();
}

AtomicFile::AtomicFile(fs::path path, Synced synced) : path_(std::move(path)), synced_(synced) {
  const Target target = target_of(path_);
  if (target.is_written_through()) {
    descriptor_ = target.descriptor ? ::fcntl(*target.descriptor, F_DUPFD_CLOEXEC, 0)
                                    : ::open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0) fail(path_, "open", errno);
    return;
  }
  target_ = target.path;
  constexpr int kAttempts = 16;
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = folder_of(target_) / random_name();
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt == kAttempts)) fail(path_, "create", errno);
  }
  if (target.existing) take_over(descriptor_, *target.existing);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  constexpr std::size_t kMaxWrite = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMaxWrite));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path_, "write", n < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void AtomicFile::commit() {
  const bool in_place = temporary_.empty();
  const bool sync = synced_ == Synced::yes && !in_place;
  if (sync && ::fsync(descriptor_) != 0) fail(path_, "sync", errno);
  if (!in_place) {
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(path_, "rename to", errno);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) fail(path_, "close", errno);
  if (!sync) return;
  // The rename itself survives a power cut only once the folder is synced. A file system that
  // cannot sync folders has done its best already.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace calotype
