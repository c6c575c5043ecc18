// First byte 0: the rest is a whole file. 1: the rest is the pickle of a ZIP file with three
// storages, whose checksums are made right. 2: the rest is the object and all that follows it in a
// file of the older layout.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "calotype/error.h"
#include "calotype/torch_file.h"
#include "support/torch_bytes.h"

namespace {

using namespace calotype;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string file_of(const std::string& input) {
  const std::string rest = input.substr(1);
  if (input[0] == 1) {
    return test::torch_bytes(rest, {std::string(48, '\1'), std::string(8, '\0'), ""});
  }
  if (input[0] != 2) return rest;
  std::string header = test::legacy_bytes("", {}, "");
  header.resize(header.size() - test::pickle("](e").size());
  return header + rest;
}

/// Reads every byte of every tensor.
void read(const std::string& bytes) {
  const auto owner = std::make_shared<const std::string>(bytes);
  const MappedFile mapped{owner, std::as_bytes(std::span(owner->data(), owner->size()))};
  const TensorArchive archive = read_torch_file(mapped, "f");
  for (const ArchiveTensor& t : archive.tensors) {
    require(!t.name.empty() && t.shape.size() <= 8);
    std::uint64_t size = static_cast<std::uint64_t>(dtype_bits(t.dtype)) / 8;
    for (const std::int64_t dim : t.shape) {
      require(dim >= 0 && !__builtin_mul_overflow(size, static_cast<std::uint64_t>(dim), &size));
    }
    require(size == t.bytes.size());
    std::size_t sum = 0;
    for (const std::byte b : t.bytes) sum += std::to_integer<std::size_t>(b);
    require(sum <= 255 * size);
    try {
      t.verify();
    } catch (const Error& e) {
      require(e.code() == ErrorCode::io);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    read(file_of({reinterpret_cast<const char*>(data), size}));
  } catch (const Error& e) {
    require(e.code() == ErrorCode::io && e.diagnostics().size() == 1);
  }
  return 0;
}
