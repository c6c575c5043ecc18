#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "formats/little_endian.h"
#include "formats/zip_directory.h"

namespace calotype::zip {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLocalHeaderSize = 30;

void check_field(std::uint64_t local, std::uint64_t central, const char* name, const Entry& entry,
                 const std::string& file) {
  if (local == central) return;
  refuse(file, entry.name,
         {.what = fmt::format("the entry's own header and the directory disagree about {}", name),
          .expected = fmt::format("{}", central),
          .got = fmt::format("{}", local)});
}

/// As above, for a field that may be left open.
void check_size(std::uint64_t local, std::uint64_t central, const char* name, const Entry& entry,
                const std::string& file) {
  if (local == 0 && (entry.flags & kSizesFollow) != 0) return;
  check_field(local, central, name, entry, file);
}

struct Inflater {
  z_stream stream{};
  ~Inflater() { inflateEnd(&stream); }
};

}  // namespace

void read_zip64(std::string_view extra, std::vector<std::uint64_t*> values, const Entry& entry,
                const std::string& file) {
  std::erase_if(values, [](const std::uint64_t* v) { return *v != kInZip64; });
  if (values.empty()) return;
  while (extra.size() >= 4) {
    const std::uint64_t id = little_endian(extra.substr(0, 2));
    const std::size_t size = little_endian(extra.substr(2, 2));
    const std::string_view field = extra.substr(4, size);
    if (id == 1 && field.size() == size && size == 8 * values.size()) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        *values[i] = little_endian(field.substr(8 * i, 8));
      }
      return;
    }
    extra.remove_prefix(std::min(4 + size, extra.size()));
  }
  refuse(file, entry.name, {.what = "the entry lacks the zip64 field that its sizes ask for"});
}

void locate_data(Entry& entry, std::string_view bytes, std::uint64_t limit,
                 const std::string& file) {
  if (entry.header > limit || limit - entry.header < kLocalHeaderSize) {
    refuse(file, entry.name, {.what = "the entry begins behind the end of the file's data"});
  }
  const std::string_view header = bytes.substr(entry.header, kLocalHeaderSize);
  const auto number = [&](std::size_t offset, std::size_t size) {
    return little_endian(header.substr(offset, size));
  };
  if (!header.starts_with("PK\x03\x04"sv)) {
    refuse(file, entry.name, {.what = "there is no entry where the directory says"});
  }
  const std::size_t name_size = number(26, 2);
  const std::size_t extra_size = number(28, 2);
  const std::uint64_t room = limit - entry.header - kLocalHeaderSize;
  if (room < name_size + extra_size || room - name_size - extra_size < entry.packed_size) {
    refuse(file, entry.name,
           {.what = "the entry ends behind the end of the file's data",
            .expected = fmt::format("at most {} bytes",
                                    room - std::min<std::uint64_t>(room, name_size + extra_size)),
            .got = fmt::format("{}", entry.packed_size)});
  }
  const std::size_t name_at = entry.header + kLocalHeaderSize;
  if (bytes.substr(name_at, name_size) != entry.name) {
    refuse(file, entry.name, {.what = "the entry's own header gives another name"});
  }
  std::uint64_t size = number(22, 4);
  std::uint64_t packed_size = number(18, 4);
  read_zip64(bytes.substr(name_at + name_size, extra_size), {&size, &packed_size}, entry, file);
  check_field(number(6, 2), entry.flags, "its flags", entry, file);
  check_field(number(8, 2), entry.deflated ? 8 : 0, "how it is packed", entry, file);
  check_size(number(14, 4), entry.crc, "its checksum", entry, file);
  check_size(size, entry.size, "its size", entry, file);
  check_size(packed_size, entry.packed_size, "its packed size", entry, file);
  entry.packed = bytes.substr(name_at + name_size + extra_size, entry.packed_size);
}

void check_crc(std::string_view unpacked, const Entry& entry, const std::string& file) {
  const auto found = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(unpacked.data()), unpacked.size()));
  if (found == entry.crc) return;
  refuse(file, entry.name,
         {.what = "the checksum of the bytes is wrong",
          .expected = fmt::format("{:08x}", entry.crc),
          .got = fmt::format("{:08x}", found),
          .hint = "the file is damaged; fetch it again (or it was saved by a PyTorch that was told "
                  "to compute no checksums)"});
}

std::string inflate_entry(const Entry& entry, const std::string& file) {
  if (entry.size > std::numeric_limits<uInt>::max() ||
      entry.packed.size() > std::numeric_limits<uInt>::max() ||
      entry.size / kMaxRatio > entry.packed.size()) {
    refuse(file, entry.name,
           {.what = "the entry claims to unpack to too many bytes",
            .expected = fmt::format("at most {} times {}", kMaxRatio, entry.packed.size()),
            .got = fmt::format("{}", entry.size)});
  }
  std::string out(entry.size, '\0');
  Inflater inflater;
  z_stream& z = inflater.stream;
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(entry.packed.data()));
  z.avail_in = static_cast<uInt>(entry.packed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&z, Z_FINISH);
  if (status != Z_STREAM_END || z.avail_in != 0 || z.avail_out != 0) {
    refuse(file, entry.name,
           {.what = "the deflated bytes are damaged or do not have the size given"});
  }
  check_crc(out, entry, file);
  return out;
}

}  // namespace calotype::zip
