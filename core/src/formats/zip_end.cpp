#include <fmt/format.h>

#include "formats/little_endian.h"
#include "formats/zip_directory.h"

namespace calotype::zip {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kCentralSize = 46;
constexpr std::uint64_t kEnd64Rest = 44;  // what the record says about its own size

/// A short field may hold the value itself or say that it is in the long record.
void check_agrees(std::string_view field, std::uint64_t value, const char* name,
                  const std::string& file) {
  const std::uint64_t shorter = little_endian(field);
  const std::uint64_t full = field.size() == 2 ? 0xFFFF : kInZip64;
  if (shorter == value || shorter == full) return;
  refuse(file, {},
         {.what = fmt::format("the two end records of the ZIP file disagree about {}", name),
          .expected = fmt::format("{}", value),
          .got = fmt::format("{}", shorter)});
}

void check_range(const End& end, std::uint64_t limit, const std::string& file) {
  if (end.entries > kMaxEntries) {
    refuse(file, {},
           {.what = "the ZIP file has too many entries",
            .expected = fmt::format("at most {}", kMaxEntries),
            .got = fmt::format("{}", end.entries)});
  }
  std::uint64_t stop = 0;
  if (__builtin_add_overflow(end.begin, end.size, &stop) || stop != limit) {
    refuse(file, {},
           {.what = "the directory of the ZIP file does not end where its end record begins",
            .expected = fmt::format("byte {}", limit),
            .got = fmt::format("{} bytes from byte {}", end.size, end.begin),
            .hint = "the file is cut off or was changed; fetch it again"});
  }
  if (end.size / kCentralSize < end.entries) {
    refuse(file, {},
           {.what = "the directory of the ZIP file is too short for its entries",
            .expected = fmt::format("{} entries", end.entries),
            .got = fmt::format("{} bytes", end.size)});
  }
}

End read_end64(std::string_view bytes, std::string_view record, const std::string& file) {
  const std::size_t locator_at = bytes.size() - kEndSize - kLocatorSize;
  const std::string_view locator = bytes.substr(locator_at, kLocatorSize);
  if (locator_at < kEnd64Size || little_endian(locator.substr(8, 8)) != locator_at - kEnd64Size ||
      little_endian(locator.substr(4, 4)) != 0 || little_endian(locator.substr(16, 4)) > 1) {
    refuse(file, {}, {.what = "the zip64 locator does not point at the record before it"});
  }
  const std::string_view long_record = bytes.substr(locator_at - kEnd64Size, kEnd64Size);
  if (!long_record.starts_with("PK\x06\x06"sv) ||
      little_endian(long_record.substr(4, 8)) != kEnd64Rest ||
      little_endian(long_record.substr(16, 8)) != 0 ||
      long_record.substr(24, 8) != long_record.substr(32, 8)) {
    refuse(file, {}, {.what = "the zip64 end record is malformed"});
  }
  const End end{.entries = little_endian(long_record.substr(32, 8)),
                .begin = little_endian(long_record.substr(48, 8)),
                .size = little_endian(long_record.substr(40, 8))};
  check_agrees(record.substr(10, 2), end.entries, "the number of entries", file);
  check_agrees(record.substr(12, 4), end.size, "the directory's size", file);
  check_agrees(record.substr(16, 4), end.begin, "the directory's place", file);
  check_range(end, locator_at - kEnd64Size, file);
  return end;
}

}  // namespace

End find_end(std::string_view bytes, const std::string& file) {
  const bool fits = bytes.size() >= kEndSize;
  const std::string_view record = fits ? bytes.substr(bytes.size() - kEndSize) : ""sv;
  if (!record.starts_with("PK\x05\x06"sv) || record.substr(20, 2) != "\0\0"sv) {
    refuse(file, {},
           {.what = "the ZIP file does not end with its end record",
            .hint = "the file is cut off or has bytes behind its end; fetch it again"});
  }
  if (record.substr(4, 4) != "\0\0\0\0"sv || record.substr(8, 2) != record.substr(10, 2)) {
    refuse(file, {}, {.what = "the ZIP file is split over several files"});
  }
  const std::string_view before = bytes.substr(0, bytes.size() - kEndSize);
  if (before.size() >= kLocatorSize &&
      before.substr(before.size() - kLocatorSize).starts_with("PK\x06\x07"sv)) {
    return read_end64(bytes, record, file);
  }
  const End end{.entries = little_endian(record.substr(10, 2)),
                .begin = little_endian(record.substr(16, 4)),
                .size = little_endian(record.substr(12, 4))};
  if (end.entries == 0xFFFF || end.begin == kInZip64 || end.size == kInZip64) {
    refuse(file, {}, {.what = "the ZIP file lacks the zip64 record that its end record asks for"});
  }
  check_range(end, before.size(), file);
  return end;
}

}  // namespace calotype::zip
