#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "calotype/cache.h"
#include "calotype/error.h"
#include "run/digest_memory.h"
#include "run/file_content.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// Limits for files and folders of a folder: a mistyped path such as "/" must end in a message, not
/// in hours of reading.
constexpr std::size_t kMaxFiles = 100'000;
constexpr std::size_t kMaxDepth = 32;

std::int64_t now_in_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Error trouble(const fs::path& path, const std::string& what, const std::string& hint = {}) {
  return Error(ErrorCode::io, quote(path.string()) + " " + what, hint);
}

/// What stands at a path: two names of one folder have the same.
using Identity = std::pair<dev_t, ino_t>;

Identity identity_of(const fs::path& folder) {
  struct stat s {};
  if (::stat(folder.c_str(), &s) != 0) return {};
  return {s.st_dev, s.st_ino};
}

/// Collects the files of one folder.
class FileList {
 public:
  explicit FileList(const fs::path& folder) : folder_(folder) { add(folder, ""); }
  std::map<std::string, fs::path> take() { return std::move(files_); }

 private:
  void add(const fs::path& folder, const std::string& prefix) {
    if (around_.size() > kMaxDepth) throw trouble(folder_, "has folders nested too deeply");
    count();
    const Identity identity = identity_of(folder);
    if (std::find(around_.begin(), around_.end(), identity) != around_.end()) return;
    around_.push_back(identity);
    std::error_code error;
    fs::directory_iterator it(folder, error);
    for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
      const std::string name = prefix + it->path().filename().string();
      std::error_code gone;
      const fs::file_status status = it->status(gone);
      if (fs::is_directory(status)) add(it->path(), name + "/");
      if (!fs::is_regular_file(status)) continue;
      count();
      files_.emplace(name, it->path());
    }
    if (error) throw trouble(folder_, "cannot be read: " + error.message());
    around_.pop_back();
  }

  void count() {
    if (++count_ <= kMaxFiles) return;
    throw trouble(folder_, "holds more than 100000 files", "name a smaller folder");
  }

  const fs::path& folder_;
  std::size_t count_ = 0;
  std::vector<Identity> around_;
  std::map<std::string, fs::path> files_;
};

/// Files of a folder by relative name. Links count as what they lead to, but for one to a folder
/// that it lies in. Special files are passed over.
std::map<std::string, fs::path> list_files(const fs::path& folder) {
  return FileList(folder).take();
}

/// The file or folder itself, all links followed.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (!error) return real;
  throw error == std::errc::no_such_file_or_directory
      ? trouble(path, "does not exist")
      : trouble(path, "cannot be read: " + error.message());
}

void hash(Hasher& h, const FileStamp& stamp) {
  h.u64(stamp.size).u64(static_cast<std::uint64_t>(stamp.modified));
  h.u64(static_cast<std::uint64_t>(stamp.changed)).u64(stamp.inode);
}

}  // namespace

struct FileDigests::State {
  explicit State(fs::path memory) : remembered(std::move(memory)) {}
  DigestMemory remembered;

  /// Of the whole content of one file, and its stamp then.
  std::pair<Hash128, FileStamp> of_file(const fs::path& path, const std::stop_token& stop) {
    // Twice when the file changes while it is read; after that the reader has a point.
    for (int attempt = 0;; ++attempt) {
      const std::int64_t read_at = now_in_nanoseconds();
      const FileStamp before = stamp_of(path);
      if (const auto known = remembered.find(path.string(), before)) return {*known, before};
      const Hash128 digest = digest_content(path, stop);
      const FileStamp after = stamp_of(path);
      if (before == after) {
        remembered.add(path.string(), after, digest, read_at);
        return {digest, after};
      }
      if (attempt == 1) throw trouble(path, "changes while it is read", "try again later");
    }
  }

  FileState of_folder(const fs::path& folder, const std::stop_token& stop) {
    Hasher contents;
    Hasher stamps;
    contents.text("folder");
    for (const auto& [name, path] : list_files(folder)) {
      const auto [content, stamp] = of_file(path, stop);
      contents.text(name).hash(content);
      hash(stamps.text(name), stamp);
    }
    return {contents.digest(), stamps.digest()};
  }
};

FileDigests::FileDigests(fs::path memory) : state_(std::make_unique<State>(std::move(memory))) {}
FileDigests::~FileDigests() = default;

FileState FileDigests::state(const fs::path& path, const std::stop_token& stop) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  // First: /dev/stdin may lead to a pipe, which has no path that could be followed.
  if (fs::is_other(status)) throw trouble(path, "is neither a file nor a folder");
  const fs::path real = real_path(path);
  if (fs::is_directory(status)) return state_->of_folder(real, stop);
  const auto [content, stamp] = state_->of_file(real, stop);
  Hasher h;
  hash(h, stamp);
  return {content, h.digest()};
}

Hash128 FileDigests::stamp(const fs::path& path) {
  const fs::path real = real_path(path);
  Hasher h;
  std::error_code error;
  if (!fs::is_directory(real, error)) {
    hash(h, stamp_of(real));
    return h.digest();
  }
  for (const auto& [name, file] : list_files(real)) hash(h.text(name), stamp_of(file));
  return h.digest();
}

void FileDigests::save() { state_->remembered.save(); }

}  // namespace calotype
