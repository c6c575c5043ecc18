#include "calotype/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include "calotype/error.h"

namespace calotype {

namespace {

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

[[noreturn]] void fail_mapping(const std::filesystem::path& path, std::string what,
                               std::string hint = {}) {
  throw Error(
      ErrorCode::io,
      {Diagnostic{.file = path.string(), .what = std::move(what), .hint = std::move(hint)}});
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

MappedFile map_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.value < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    fail_mapping(path, "the file does not exist", "check the path");
  }
  if (file.value < 0) {
    fail_mapping(path, "could not open the file: " + std::generic_category().message(errno));
  }
  struct stat status {};
  if (::fstat(file.value, &status) != 0) {
    fail_mapping(path, "could not read the file's size: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    fail_mapping(path, fmt::format("expected a file, got {}", kind_of(status.st_mode)));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};
  void* const data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.value, 0);
  if (data == MAP_FAILED) {
    fail_mapping(path, "could not map the file: " + std::generic_category().message(errno));
  }
  std::shared_ptr<const void> owner(
      data, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return {std::move(owner), {static_cast<const std::byte*>(data), size}};
}

void drop_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace calotype
