#include "run/file_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "calotype/error.h"

namespace calotype {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

[[noreturn]] void fail(const std::filesystem::path& path, int error_number) {
  throw Error(ErrorCode::io, quote(path.string()) + " cannot be read: " +
                                 std::generic_category().message(error_number));
}

std::int64_t nanoseconds(const timespec& t) {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) fail(path, errno);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(descriptor_); }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) fail(path, errno);
  return {static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim),
          s.st_ino};
}

Hash128 digest_content(const std::filesystem::path& path, const std::stop_token& stop) {
  const OpenFile file(path);
  struct stat s {};
  if (::fstat(file.get(), &s) != 0) fail(path, errno);
  if (!S_ISREG(s.st_mode)) {
    throw Error(ErrorCode::io, quote(path.string()) + " is neither a file nor a folder");
  }
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset(state.get());
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, errno);
    if (n == 0) break;
    XXH3_128bits_update(state.get(), piece.data(), static_cast<std::size_t>(n));
  }
  const XXH128_hash_t h = XXH3_128bits_digest(state.get());
  return {.high = h.high64, .low = h.low64};
}

}  // namespace calotype
