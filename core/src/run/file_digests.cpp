#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "calotype/cache.h"
#include "calotype/error.h"
#include "run/digest_memory.h"
#include "run/file_content.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// Limits for folders: a mistyped path such as "/" must end in a message, not in hours of reading.
constexpr std::size_t kMaxFiles = 100'000;
constexpr int kMaxDepth = 32;

std::int64_t now_in_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Error trouble(const fs::path& path, const std::string& what, const std::string& hint = {}) {
  return Error(ErrorCode::io, quote(path.string()) + " " + what, hint);
}

/// Files of a folder by relative name. Links to files count as files; links to folders and special
/// files are passed over.
std::map<std::string, fs::path> list_files(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    if (it.depth() >= kMaxDepth) throw trouble(folder, "has folders nested too deeply");
    std::error_code gone;
    if (!it->is_regular_file(gone)) continue;
    files.emplace(it->path().lexically_relative(folder).generic_string(), it->path());
    if (files.size() > kMaxFiles) {
      throw trouble(folder, "holds more than 100000 files", "name a smaller folder");
    }
  }
  if (error) throw trouble(folder, "cannot be read: " + error.message());
  return files;
}

}  // namespace

struct FileDigests::State {
  explicit State(fs::path memory) : remembered(std::move(memory)) {}
  DigestMemory remembered;

  Hash128 of_file(const fs::path& path) {
    // Twice when the file changes while it is read; after that the reader has a point.
    for (int attempt = 0;; ++attempt) {
      const std::int64_t read_at = now_in_nanoseconds();
      const FileStamp before = stamp_of(path);
      if (const auto known = remembered.find(path.string(), before)) return *known;
      const Hash128 digest = digest_content(path);
      const FileStamp after = stamp_of(path);
      if (before == after) {
        remembered.add(path.string(), after, digest, read_at);
        return digest;
      }
      if (attempt == 1) throw trouble(path, "changes while it is read", "try again later");
    }
  }

  Hash128 of_folder(const fs::path& folder) {
    Hasher h;
    h.text("folder");
    for (const auto& [name, path] : list_files(folder)) h.text(name).hash(of_file(path));
    return h.digest();
  }
};

FileDigests::FileDigests(fs::path memory) : state_(std::make_unique<State>(std::move(memory))) {}
FileDigests::~FileDigests() = default;

Hash128 FileDigests::digest(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    throw error == std::errc::no_such_file_or_directory
        ? trouble(path, "does not exist")
        : trouble(path, "cannot be read: " + error.message());
  }
  const fs::file_status status = fs::status(real, error);
  if (fs::is_directory(status)) return state_->of_folder(real);
  if (!fs::is_regular_file(status)) throw trouble(path, "is neither a file nor a folder");
  return state_->of_file(real);
}

void FileDigests::save() { state_->remembered.save(); }

}  // namespace calotype
