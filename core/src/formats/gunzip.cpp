#include "formats/gunzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "calotype/error.h"

namespace calotype {

namespace {

struct Inflater {
  z_stream stream{};
  ~Inflater() { inflateEnd(&stream); }
};

[[noreturn]] void fail_unpacking(const std::string& file, std::string what) {
  throw Error(ErrorCode::io, {Diagnostic{.file = file, .what = std::move(what)}});
}

}  // namespace

std::string gunzip(std::string_view packed, std::size_t max_size, const std::string& file) {
  if (packed.size() > std::numeric_limits<uInt>::max())
    fail_unpacking(file, "the gzip file is too long");
  Inflater inflater;
  z_stream& z = inflater.stream;
  constexpr int kGzipOnly = 16;
  if (inflateInit2(&z, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());

  std::string out;
  constexpr std::size_t kStep = std::size_t{1} << 18;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const std::size_t done = out.size();
    if (done > max_size) {
      fail_unpacking(file, fmt::format("the gzip file unpacks to more than {} bytes", max_size));
    }
    out.resize(done + kStep);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    z.avail_out = static_cast<uInt>(kStep);
    status = inflate(&z, Z_NO_FLUSH);
    out.resize(done + kStep - z.avail_out);
    if (status == Z_BUF_ERROR || (status == Z_OK && z.avail_in == 0 && z.avail_out != 0)) {
      fail_unpacking(file, "the gzip file is cut off");
    }
    if (status != Z_OK && status != Z_STREAM_END) fail_unpacking(file, "the gzip file is damaged");
  }
  if (out.size() > max_size) {
    fail_unpacking(file, fmt::format("the gzip file unpacks to more than {} bytes", max_size));
  }
  return out;
}

}  // namespace calotype
