#pragma once
// The strict subset of ZIP that PyTorch writes: entries stand one after the other from byte 0, are
// stored or deflated, and are listed once in the central directory at the end of the file.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/error.h"

namespace calotype::zip {

inline constexpr std::uint64_t kMaxEntries = 200'000;
inline constexpr std::size_t kMaxName = 256;  // bytes
inline constexpr std::uint64_t kMaxRatio = 100;

/// Names and bytes point into the file.
struct Entry {
  std::string_view name;
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;         ///< unpacked
  std::uint64_t packed_size = 0;  ///< equal to `size` when stored
  std::uint64_t header = 0;       ///< offset of the local header
  unsigned flags = 0;
  std::string_view packed;
};

/// Where the central directory lies.
struct End {
  std::uint64_t entries = 0;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// Flag of entries whose local header leaves sizes and checksum open.
inline constexpr unsigned kSizesFollow = 0x0008;

/// What a 32-bit field says when the true value is in the zip64 extra field.
inline constexpr std::uint32_t kInZip64 = 0xFFFFFFFF;

/// Throws Error(io). `entry` empty: the problem belongs to the whole file.
[[noreturn]] void refuse(const std::string& file, std::string_view entry, Diagnostic);

/// The end records at the end of `bytes`. Throws Error(io).
End find_end(std::string_view bytes, const std::string& file);

/// Replaces the values that are kInZip64, in the order of the format, by those of the extra field
/// with id 1. Throws Error(io) when they are not there.
void read_zip64(std::string_view extra, std::vector<std::uint64_t*> values, const Entry&,
                const std::string& file);

/// Compares the local header with the entry and sets `packed`. The data must end before `limit`.
void locate_data(Entry&, std::string_view bytes, std::uint64_t limit, const std::string& file);

/// All entries by offset, with their data located. Checksums are not looked at. Throws Error(io)
/// for every rule of docs/formats.md that the file breaks.
std::vector<Entry> read_directory(std::string_view bytes, const std::string& file);

/// Throws Error(io) when the bytes do not have this checksum.
void check_crc(std::string_view unpacked, const Entry&, const std::string& file);

/// The bytes of a deflated entry, with size and checksum checked. The entry's size must have been
/// found acceptable. Throws Error(io).
std::string inflate_entry(const Entry&, const std::string& file);

}  // namespace calotype::zip
