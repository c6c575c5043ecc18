#include "run/disk_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/mapped_file.h"
#include "calotype/safetensors.h"

namespace calotype {

namespace {

constexpr std::string_view kPrefix = "calotype.";
constexpr const char* kKey = "calotype.key";
constexpr const char* kPortType = "calotype.port_type";
constexpr const char* kPortVersion = "calotype.port_type_version";
constexpr const char* kNodeType = "calotype.node_type";
constexpr const char* kNodeVersion = "calotype.node_version";
constexpr const char* kChecksum = "calotype.checksum";
constexpr std::string_view kSuffix = ".safetensors";

/// Over everything but itself. Tensors by name: files order them otherwise than archives.
std::string checksum(const std::map<std::string, std::string>& metadata,
                     const std::vector<ArchiveTensor>& tensors) {
  std::vector<const ArchiveTensor*> sorted;
  for (const ArchiveTensor& t : tensors) sorted.push_back(&t);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->name < b->name; });
  Hasher h;
  for (const auto& [name, value] : metadata) {
    if (name != kChecksum) h.text(name).text(value);
  }
  h.u64(sorted.size());
  for (const ArchiveTensor* t : sorted) {
    h.text(t->name).text(dtype_name(t->dtype)).u64(t->shape.size());
    for (const std::int64_t size : t->shape) h.u64(static_cast<std::uint64_t>(size));
    h.u64(t->bytes.size()).hash(hash_bytes(t->bytes.data(), t->bytes.size()));
  }
  return h.digest().hex();
}

/// The writer puts no white space but spaces into a header. Others would not change what the
/// header says, but they prove that the file is not as it was written.
bool has_foreign_space(std::span<const std::byte> file) {
  constexpr std::size_t kPrefixSize = 8;
  if (file.size() < kPrefixSize) return true;
  std::uint64_t size = 0;
  for (std::size_t i = kPrefixSize; i-- > 0;) {
    size = size << 8 | std::to_integer<std::uint64_t>(file[i]);
  }
  if (size > file.size() - kPrefixSize) return true;
  const std::string_view header(reinterpret_cast<const char*>(file.data()) + kPrefixSize, size);
  return header.find_first_of("\t\r\n") != std::string_view::npos;
}

std::string_view value_of(const std::map<std::string, std::string>& metadata, const char* name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

bool is_expected(const std::map<std::string, std::string>& metadata, const EntryInfo& expected) {
  return value_of(metadata, kPortType) == expected.port_type &&
         value_of(metadata, kNodeType) == expected.node_type &&
         value_of(metadata, kNodeVersion) == std::to_string(expected.node_version) &&
         (expected.port_type_version == 0 ||
          value_of(metadata, kPortVersion) == std::to_string(expected.port_type_version));
}

/// No value when anything at all is wrong with it.
std::optional<TensorArchive> checked(const std::filesystem::path& path, const Hash128& key,
                                     const EntryInfo* expected) {
  const SafetensorsFile file(path);
  const auto& metadata = file.metadata();
  if (value_of(metadata, kKey) != key.hex()) return {};
  if (expected && !is_expected(metadata, *expected)) return {};
  TensorArchive archive = file.archive();
  if (value_of(metadata, kChecksum) != checksum(metadata, archive.tensors)) return {};
  std::erase_if(archive.metadata,
                [](const auto& row) { return std::string_view(row.first).starts_with(kPrefix); });
  return archive;
}

}  // namespace

std::optional<TensorArchive> seal_entry(const Hash128& key, const EntryInfo& info,
                                        const TensorArchive& archive) {
  for (const auto& [name, value] : archive.metadata) {
    if (std::string_view(name).starts_with(kPrefix)) return {};
  }
  TensorArchive entry = archive;
  entry.metadata[kKey] = key.hex();
  entry.metadata[kPortType] = info.port_type;
  entry.metadata[kPortVersion] = std::to_string(info.port_type_version);
  entry.metadata[kNodeType] = info.node_type;
  entry.metadata[kNodeVersion] = std::to_string(info.node_version);
  entry.metadata[kChecksum] = checksum(entry.metadata, entry.tensors);
  return entry;
}

OpenedEntry open_entry(const std::filesystem::path& path, const Hash128& key,
                       const EntryInfo* expected) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return {EntryState::damaged, {}};
  bool is_mapped = false;
  try {
    const MappedFile mapped = map_file(path);
    is_mapped = true;
    if (has_foreign_space(mapped.bytes)) return {EntryState::damaged, {}};
    std::optional<TensorArchive> archive = checked(path, key, expected);
    const EntryState state = archive ? EntryState::good : EntryState::damaged;
    return {state, std::move(archive)};
  } catch (const std::bad_alloc&) {
    return {EntryState::unreadable, {}};
  } catch (const std::exception&) {
    return {is_mapped ? EntryState::damaged : EntryState::unreadable, {}};
  }
}

std::filesystem::path entry_path(const std::filesystem::path& folder, const Hash128& key) {
  const std::string hex = key.hex();
  return folder / hex.substr(0, 2) / (hex + std::string(kSuffix));
}

std::optional<Hash128> entry_key(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.size() != 32 + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  Hash128 key;
  const char* text = name.data();
  const auto high = std::from_chars(text, text + 16, key.high, 16);
  const auto low = std::from_chars(text + 16, text + 32, key.low, 16);
  if (high.ptr != text + 16 || low.ptr != text + 32) return {};
  if (name.compare(0, 32, key.hex()) != 0) return {};
  return key;
}

}  // namespace calotype
