#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "formats/safetensors_layout.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

using safetensors::refuse;
using Order = std::vector<const ArchiveTensor*>;

std::string json_text(const std::string& text, const std::string& file) {
  if (find_invalid_utf8(text)) {
    refuse(file, {}, {.what = "a name or a metadata text to be written is not valid UTF-8"});
  }
  return nlohmann::json(text).dump();
}

void check(const ArchiveTensor& t, const std::string& file) {
  safetensors::check_name(file, t.name);
  if (t.name == safetensors::kMetadataKey) {
    refuse(file, t.name, {.what = "this name is reserved by the format"});
  }
  t.verify();
  const std::uint64_t size = safetensors::byte_size(file, t.name, t.dtype, t.shape);
  if (size != t.bytes.size()) {
    refuse(file, t.name,
           {.what = "the bytes to be written do not match the shape",
            .expected = fmt::format("{} bytes for {} {}", size, dtype_name(t.dtype),
                                    safetensors::shape_text(t.shape)),
            .got = fmt::format("{}", t.bytes.size())});
  }
}

Order layout(const TensorArchive& archive, const std::string& file) {
  if (archive.tensors.size() > kMaxSafetensorsTensors) {
    refuse(file, {},
           {.what = "too many tensors to write",
            .expected = fmt::format("at most {}", kMaxSafetensorsTensors),
            .got = fmt::format("{}", archive.tensors.size())});
  }
  if (archive.metadata.size() > kMaxSafetensorsMetadata) {
    refuse(file, {},
           {.what = "too many metadata entries to write",
            .expected = fmt::format("at most {}", kMaxSafetensorsMetadata),
            .got = fmt::format("{}", archive.metadata.size())});
  }
  Order order;
  order.reserve(archive.tensors.size());
  for (const ArchiveTensor& t : archive.tensors) {
    check(t, file);
    order.push_back(&t);
  }
  const auto by_name = [](const auto* a, const auto* b) { return a->name < b->name; };
  std::sort(order.begin(), order.end(), by_name);
  const auto twin = std::adjacent_find(
      order.begin(), order.end(), [](const auto* a, const auto* b) { return a->name == b->name; });
  if (twin != order.end()) refuse(file, (*twin)->name, {.what = "the tensor is given twice"});
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_bits(a->dtype) > dtype_bits(b->dtype);
  });
  return order;
}

std::string header_text(const TensorArchive& archive, const Order& order, const std::string& file) {
  std::vector<std::string> entries;
  entries.reserve(order.size() + 1);
  if (!archive.metadata.empty()) {
    std::vector<std::string> rows;
    for (const auto& [key, value] : archive.metadata) {
      rows.push_back(json_text(key, file) + ":" + json_text(value, file));
    }
    entries.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(rows, ",")));
  }
  std::uint64_t begin = 0;
  for (const ArchiveTensor* t : order) {
    std::uint64_t end = 0;
    if (__builtin_add_overflow(begin, t->bytes.size(), &end)) {
      refuse(file, t->name, {.what = "the tensors to be written exceed 64 bits of bytes"});
    }
    entries.push_back(fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                                  json_text(t->name, file), dtype_name(t->dtype),
                                  fmt::join(t->shape, ","), begin, end));
    begin = end;
  }
  std::string text = fmt::format("{{{}}}", fmt::join(entries, ","));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxSafetensorsHeader) {
    refuse(file, {},
           {.what = "the header to be written is too long",
            .expected = fmt::format("at most {} bytes", kMaxSafetensorsHeader),
            .got = fmt::format("{}", text.size())});
  }
  return text;
}

std::string length_prefix(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(length >> (8 * i)));
  return bytes;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorArchive& archive,
                       Synced synced) {
  const Order order = layout(archive, path.string());
  const std::string header = header_text(archive, order, path.string());
  AtomicFile file(path, synced);
  file.write(length_prefix(header.size()));
  file.write(header);
  for (const ArchiveTensor* t : order) file.write(t->bytes);
  file.commit();
}

}  // namespace calotype
