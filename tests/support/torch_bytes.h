#pragma once
// Files of torch.save made by hand, byte by byte, so that tests can break each byte.
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calotype::test {

inline std::string le(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

/// An entry of a ZIP file, and what its headers say instead of the truth.
struct ZipEntry {
  std::string name;
  std::string bytes;  ///< as packed
  unsigned flags = 0;
  unsigned method = 0;
  unsigned version = 0;
  std::optional<std::uint32_t> crc = {};
  std::optional<std::string> local_name = {};
  std::optional<std::uint64_t> size = {};         ///< unpacked, in both headers
  std::optional<std::uint64_t> packed_size = {};  ///< in the directory
  std::optional<std::uint64_t> header = {};       ///< place, in the directory
  std::string extra = {};                         ///< of the local header
  std::string directory_extra = {};
  std::string comment = {};
};

inline std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

struct ZipParts {
  std::string data, directory;
  std::size_t entries = 0;
};

inline ZipParts zip_parts(const std::vector<ZipEntry>& entries) {
  ZipParts zip{.data = {}, .directory = {}, .entries = entries.size()};
  for (const ZipEntry& e : entries) {
    const std::uint64_t header = e.header.value_or(zip.data.size());
    const std::string crc = le(e.crc.value_or(crc_of(e.bytes)), 4);
    const std::string size = le(e.size.value_or(e.bytes.size()), 4);
    const std::string packing = le(e.version, 2) + le(e.flags, 2) + le(e.method, 2) + le(0, 4);
    const std::string local_name = e.local_name.value_or(e.name);
    zip.data += std::string("PK\3\4") + packing + crc + le(e.bytes.size(), 4) + size +
                le(local_name.size(), 2) + le(e.extra.size(), 2) + local_name + e.extra + e.bytes;
    zip.directory += std::string("PK\1\2") + le(0, 2) + packing + crc +
                     le(e.packed_size.value_or(e.bytes.size()), 4) + size + le(e.name.size(), 2) +
                     le(e.directory_extra.size(), 2) + le(e.comment.size(), 2) + le(0, 8) +
                     le(header, 4) + e.name + e.directory_extra + e.comment;
  }
  return zip;
}

inline std::string end_record(std::uint64_t entries, std::uint64_t size, std::uint64_t begin) {
  return std::string("PK\5\6") + le(0, 4) + le(entries, 2) + le(entries, 2) + le(size, 4) +
         le(begin, 4) + le(0, 2);
}

inline std::string zip_bytes(const std::vector<ZipEntry>& entries) {
  const ZipParts zip = zip_parts(entries);
  return zip.data + zip.directory + end_record(zip.entries, zip.directory.size(), zip.data.size());
}

/// The same with a zip64 end record that gives these numbers.
inline std::string zip64_bytes(const ZipParts& zip, std::uint64_t entries, std::uint64_t size,
                               std::uint64_t begin, std::string end) {
  const std::uint64_t at = zip.data.size() + zip.directory.size();
  return zip.data + zip.directory + "PK\6\6" + le(44, 8) + le(0, 4) + le(0, 8) + le(entries, 8) +
         le(entries, 8) + le(size, 8) + le(begin, 8) + "PK\6\7" + le(0, 4) + le(at, 8) + le(1, 4) +
         std::move(end);
}

// Pieces of pickles: each is one value on the machine's stack.

inline std::string text(std::string_view s) {
  return std::string("X") + le(s.size(), 4) + std::string(s);
}
inline std::string integer(std::int64_t v) {
  return v >= 0 && v < 256 ? std::string("K") + le(static_cast<std::uint64_t>(v), 1)
                           : std::string("\x8a\x08") + le(static_cast<std::uint64_t>(v), 8);
}
inline std::string global(std::string_view module, std::string_view name) {
  return std::string("c").append(module) + "\n" + std::string(name) + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t v : values) items.push_back(integer(v));
  return tuple(items);
}
inline std::string call(std::string_view module, std::string_view name, const std::string& args) {
  return global(module, name) + args + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += text(key) + value;
  return out + "u";
}

inline std::string storage(std::string_view type, std::string_view key, std::int64_t elements) {
  return tuple(
             {text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)}) +
         "Q";
}
/// Arguments and call of _rebuild_tensor_v2.
inline std::string tensor(const std::string& storage, std::int64_t offset,
                          const std::vector<std::int64_t>& shape,
                          const std::vector<std::int64_t>& strides) {
  return call("torch._utils", "_rebuild_tensor_v2",
              tuple({storage, integer(offset), integers(shape), integers(strides), "\x89",
                     call("collections", "OrderedDict", ")")}));
}

inline std::string pickle(const std::string& value) { return "\x80\x02" + value + "."; }

/// A file whose pickle is `data` and whose storages have these bytes, with keys 0, 1, ...
inline std::vector<ZipEntry> torch_entries(const std::string& data,
                                           const std::vector<std::string>& storages = {}) {
  std::vector<ZipEntry> entries{{.name = "m/data.pkl", .bytes = data},
                                {.name = "m/byteorder", .bytes = "little"}};
  for (std::size_t i = 0; i < storages.size(); ++i) {
    entries.push_back({.name = "m/data/" + std::to_string(i), .bytes = storages[i]});
  }
  entries.push_back({.name = "m/version", .bytes = "3\n"});
  return entries;
}

inline std::string torch_bytes(const std::string& data,
                               const std::vector<std::string>& storages = {}) {
  return zip_bytes(torch_entries(data, storages));
}

/// The older layout: `keys` and `storages` as they stand behind the pickles.
inline std::string legacy_bytes(const std::string& data, const std::vector<std::string>& keys,
                                const std::string& storages, std::string_view little = "\x88") {
  std::string list = "](";
  for (const std::string& key : keys) list += text(key);
  return pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickle("M\xe9\x03") +
         pickle(dict({{"protocol_version", "M\xe9\x03"}, {"little_endian", std::string(little)}})) +
         data + pickle(list + "e") + storages;
}

}  // namespace calotype::test
