#pragma once
/// Opens a plugin's file for reading after checking who may have written it.
#include <cstdint>
#include <filesystem>
#include <string>

namespace calotype {

/// Tells whether a file is still the one that was seen before.
struct FileIdentity {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// A regular file that only root, the current user or their groups may replace: it belongs to root
/// or to the current user, and neither it nor a folder above it is writable for everyone. Folders
/// with the sticky bit, such as /tmp, pass when what lies in them belongs to root or to the current
/// user: nobody else can then move it away.
class TrustedFile {
 public:
  /// Resolves symbolic links first. Throws Error(plugin) that names the file.
  explicit TrustedFile(const std::filesystem::path& file);
  TrustedFile(const TrustedFile&) = delete;
  TrustedFile& operator=(const TrustedFile&) = delete;
  ~TrustedFile();

  /// Absolute, without symbolic links.
  const std::filesystem::path& path() const { return path_; }
  const FileIdentity& identity() const { return identity_; }
  /// Exactly `size` bytes from `offset`. Throws Error(plugin) when the file has fewer.
  std::string read(std::uint64_t offset, std::uint64_t size) const;
  /// Of the whole content, in hexadecimal. Throws Error(plugin) as `read` does.
  std::string digest() const;

 private:
  std::filesystem::path path_;
  FileIdentity identity_;
  int descriptor_ = -1;
};

}  // namespace calotype
