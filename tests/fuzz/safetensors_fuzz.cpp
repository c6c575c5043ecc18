// First two bytes: the size of the data section; the rest is the header text. With the highest
// bit set, the rest is a whole file instead.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "calotype/error.h"
#include "calotype/safetensors.h"

namespace {

using namespace calotype;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const SafetensorsHeader& header, std::uint64_t data_size) {
  std::uint64_t end = 0;
  for (const TensorInfo& t : header.tensors) {
    require(t.begin == end && t.end >= t.begin && t.shape.size() <= kMaxSafetensorsRank);
    end = t.end;
  }
  require(end == data_size);
}

/// Opens the bytes as a file, reads every byte of every tensor.
void open_file(const std::uint8_t* data, std::size_t size) {
  static const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  require(ftruncate(descriptor, 0) == 0);
  require(pwrite(descriptor, data, size, 0) == static_cast<ssize_t>(size));
  const SafetensorsFile file{std::filesystem::path(path)};
  std::size_t sum = 0;
  for (const TensorInfo& info : file.tensors()) {
    require(file.find(info.name) == &info);
    for (const std::byte b : file.tensor(info).bytes) sum += std::to_integer<std::size_t>(b);
  }
  require(sum <= 255 * size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t data_size = data[0] | (static_cast<std::size_t>(data[1] & 0x7F) << 8);
  const bool whole_file = data[1] & 0x80;
  try {
    if (whole_file) {
      open_file(data + 2, size - 2);
    } else {
      check(parse_safetensors_header({reinterpret_cast<const char*>(data + 2), size - 2}, data_size,
                                     "f"),
            data_size);
    }
  } catch (const Error& e) {
    require(e.code() == ErrorCode::io && e.diagnostics().size() == 1);
  }
  return 0;
}
