#include "formats/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "formats/little_endian.h"
#include "formats/utf8.h"

namespace calotype::zip {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kDirectoryHeaderSize = 46;
constexpr unsigned kDeflateSpeed = 0x0006;
constexpr unsigned kUtf8Names = 0x0800;
constexpr unsigned kHighestVersion = 45;  // zip64

void check_flags(const Entry& entry, std::uint64_t method, std::uint64_t version,
                 const std::string& file) {
  if ((entry.flags & ~(kSizesFollow | kDeflateSpeed | kUtf8Names)) != 0) {
    refuse(file, entry.name,
           {.what = "the entry is encrypted or patched, which no PyTorch file is",
            .expected = "flags 0x0808",
            .got = fmt::format("0x{:04x}", entry.flags)});
  }
  if (method != 0 && method != 8) {
    refuse(file, entry.name,
           {.what = "the way the entry is packed is unknown",
            .expected = "0 (stored) or 8 (deflated)",
            .got = fmt::format("{}", method)});
  }
  if ((version & 0xFF) > kHighestVersion) {
    refuse(file, entry.name,
           {.what = "the entry needs a newer version of ZIP",
            .expected = "at most 45",
            .got = fmt::format("{}", version & 0xFF)});
  }
}

void check_name(const Entry& entry, const std::string& file) {
  const std::string_view name = entry.name;
  if (name.empty() || name.size() > kMaxName) {
    refuse(file, name,
           {.what = "the length of an entry's name",
            .expected = fmt::format("1 to {} bytes", kMaxName),
            .got = fmt::format("{}", name.size())});
  }
  const bool control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
  });
  if (control || find_invalid_utf8(name)) {
    refuse(file, name, {.what = "the entry's name has characters that no PyTorch file uses"});
  }
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") {
      refuse(file, name, {.what = "the entry's name is not a plain path"});
    }
    at = end + 1;
  }
}

/// One record of the directory at `at`, which is moved behind it.
Entry read_entry(std::string_view directory, std::size_t& at, const std::string& file) {
  const std::string_view record =
      directory.substr(std::min(at, directory.size()), kDirectoryHeaderSize);
  if (record.size() < kDirectoryHeaderSize || !record.starts_with("PK\x01\x02"sv)) {
    refuse(file, {}, {.what = "the directory of the ZIP file is malformed"});
  }
  const auto number = [&](std::size_t offset, std::size_t size) {
    return little_endian(record.substr(offset, size));
  };
  const std::size_t name_size = number(28, 2);
  const std::size_t extra_size = number(30, 2);
  const std::size_t comment_size = number(32, 2);
  const std::size_t whole = kDirectoryHeaderSize + name_size + extra_size + comment_size;
  if (directory.size() - at < whole) {
    refuse(file, {}, {.what = "the directory of the ZIP file is cut off"});
  }
  Entry entry{.name = directory.substr(at + kDirectoryHeaderSize, name_size),
              .deflated = number(10, 2) == 8,
              .crc = static_cast<std::uint32_t>(number(16, 4)),
              .size = number(24, 4),
              .packed_size = number(20, 4),
              .header = number(42, 4),
              .flags = static_cast<unsigned>(number(8, 2)),
              .packed = {}};
  check_name(entry, file);
  check_flags(entry, number(10, 2), number(6, 2), file);
  if (comment_size != 0) refuse(file, entry.name, {.what = "the entry has a comment"});
  if (number(34, 2) != 0) refuse(file, entry.name, {.what = "the entry is in another file"});
  read_zip64(directory.substr(at + kDirectoryHeaderSize + name_size, extra_size),
             {&entry.size, &entry.packed_size, &entry.header}, entry, file);
  if (!entry.deflated && entry.size != entry.packed_size) {
    refuse(file, entry.name,
           {.what = "the sizes of a stored entry differ",
            .expected = fmt::format("{}", entry.size),
            .got = fmt::format("{}", entry.packed_size)});
  }
  at += whole;
  return entry;
}

void check_order(const std::vector<Entry>& entries, std::string_view bytes,
                 const std::string& file) {
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.header < end) {
      refuse(file, entry.name,
             {.what = "the entry overlaps another one",
              .expected = fmt::format("begin at byte {} or behind", end),
              .got = fmt::format("{}", entry.header)});
    }
    end = static_cast<std::uint64_t>(entry.packed.data() - bytes.data()) + entry.packed.size();
  }
}

}  // namespace

void refuse(const std::string& file, std::string_view entry, Diagnostic d) {
  d.file = file;
  constexpr std::size_t kShown = 100;
  if (!entry.empty()) {
    d.port = "entry " + quote(entry.substr(0, kShown)) + (entry.size() > kShown ? "..." : "");
  }
  throw Error(ErrorCode::io, {std::move(d)});
}

std::vector<Entry> read_directory(std::string_view bytes, const std::string& file) {
  const End end = find_end(bytes, file);
  const std::string_view directory = bytes.substr(end.begin, end.size);
  std::vector<Entry> entries;
  entries.reserve(end.entries);
  std::unordered_set<std::string_view> names;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    entries.push_back(read_entry(directory, at, file));
    if (!names.insert(entries.back().name).second) {
      refuse(file, entries.back().name, {.what = "the entry is listed twice"});
    }
  }
  if (at != directory.size()) {
    refuse(file, {}, {.what = "bytes follow the last entry of the ZIP file's directory"});
  }
  for (Entry& entry : entries) locate_data(entry, bytes, end.begin, file);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.header < b.header; });
  if (!entries.empty() && entries.front().header != 0) {
    refuse(file, entries.front().name,
           {.what = "bytes stand before the first entry of the ZIP file",
            .expected = "begin at byte 0",
            .got = fmt::format("{}", entries.front().header)});
  }
  check_order(entries, bytes, file);
  return entries;
}

}  // namespace calotype::zip
