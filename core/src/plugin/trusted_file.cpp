#include "plugin/trusted_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "calotype/hash.h"
#include "plugin/plugin_error.h"

namespace calotype {

namespace {

std::string reason(int error_number) { return std::generic_category().message(error_number); }

bool ours(const struct stat& s) { return s.st_uid == 0 || s.st_uid == ::geteuid(); }

std::filesystem::path resolve(const std::filesystem::path& file) {
  std::error_code error;
  auto path = std::filesystem::canonical(file, error);
  if (!error) return path;
  if (error == std::errc::no_such_file_or_directory) {
    throw plugin_error(file, "there is no such file", "check the path of the plugin");
  }
  throw plugin_error(file, "the path cannot be followed: " + error.message(),
                     "check the path of the plugin");
}

void check_file(const std::filesystem::path& path, const struct stat& s) {
  if (S_ISDIR(s.st_mode)) {
    throw plugin_error(path, "this is a folder, not a plugin library",
                       "name the library itself, or search the folder for plugins");
  }
  if (!S_ISREG(s.st_mode)) {
    throw plugin_error(path, "this is not a regular file", "a plugin is a shared library");
  }
  if (s.st_mode & S_IWOTH) {
    throw plugin_error(path, "everyone may write to this library, so it is not loaded",
                       "take the right away with chmod o-w");
  }
  if (!ours(s)) {
    throw plugin_error(path,
                       fmt::format("the library belongs to user {}, so it is not loaded", s.st_uid),
                       "make it belong to root or to the user who runs this program");
  }
}

/// `below_is_ours`: what lies in the folder belongs to root or to the current user.
void check_folder(const std::filesystem::path& library, const std::filesystem::path& folder,
                  const struct stat& s, bool below_is_ours) {
  if (!(s.st_mode & S_IWOTH)) return;
  if ((s.st_mode & S_ISVTX) && below_is_ours) return;
  throw plugin_error(
      library,
      fmt::format("everyone may write to the folder {}, so nothing is loaded from it",
                  quote(folder.string())),
      "take the right away with chmod o-w, or move the plugin");
}

void check_folders(const std::filesystem::path& library, bool file_is_ours) {
  bool below_is_ours = file_is_ours;
  auto folder = library.parent_path();
  while (true) {
    struct stat s {};
    if (::stat(folder.c_str(), &s) != 0) {
      throw plugin_error(library,
                         fmt::format("the folder {} cannot be examined: {}", quote(folder.string()),
                                     reason(errno)),
                         "check the rights of the folder");
    }
    check_folder(library, folder, s, below_is_ours);
    if (folder == folder.parent_path()) return;
    below_is_ours = ours(s);
    folder = folder.parent_path();
  }
}

}  // namespace

TrustedFile::TrustedFile(const std::filesystem::path& file) : path_(resolve(file)) {
  struct stat s {};
  // Not opened before its kind is known: opening a pipe would wait for a writer.
  if (::stat(path_.c_str(), &s) == 0) check_file(path_, s);
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    throw plugin_error(path_, "the library cannot be read: " + reason(errno),
                       "check the rights of the file");
  }
  descriptor_ = descriptor;
  try {
    if (::fstat(descriptor_, &s) != 0) {
      throw plugin_error(path_, "the library cannot be examined: " + reason(errno), {});
    }
    check_file(path_, s);
    check_folders(path_, ours(s));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
  identity_.size = static_cast<std::uint64_t>(s.st_size);
  identity_.mtime_ns = std::int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec;
  identity_.inode = s.st_ino;
  identity_.device = s.st_dev;
}

TrustedFile::~TrustedFile() { ::close(descriptor_); }

std::string TrustedFile::read(std::uint64_t offset, std::uint64_t size) const {
  if (offset > identity_.size || size > identity_.size - offset) {
    throw plugin_error(
        path_,
        fmt::format("the library is cut off or damaged: {} bytes at {} lie outside its {}", size,
                    offset, identity_.size),
        "copy or build it again");
  }
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw plugin_error(path_,
                         n < 0 ? "the library cannot be read: " + reason(errno)
                               : "the library became shorter while it was read",
                         "copy or build it again");
    }
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

std::string TrustedFile::digest() const {
  const std::string bytes = read(0, identity_.size);
  return hash_bytes(bytes.data(), bytes.size()).hex();
}

}  // namespace calotype
