#include "kit/saved_form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "calotype/error.h"

namespace calotype {

namespace {

std::string form_text(const ArchiveTensor& t) {
  return fmt::format("{} [{}]", dtype_name(t.dtype), fmt::join(t.shape, ", "));
}

std::string tensor_difference(const ArchiveTensor& a, const ArchiveTensor& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) {
    return fmt::format("tensor {} is {} once and {} the next time", quote(a.name), form_text(a),
                       form_text(b));
  }
  const auto [at, unused] = std::mismatch(a.bytes.begin(), a.bytes.end(), b.bytes.begin());
  if (at == a.bytes.end()) return {};
  const auto first = (at - a.bytes.begin()) * 8 / std::max(dtype_bits(a.dtype), 1);
  return fmt::format("tensor {}, {}, differs from value {} on", quote(a.name), form_text(a), first);
}

}  // namespace

Hash128 saved_digest(const TensorArchive& archive) {
  Hasher h;
  for (const auto& [key, text] : archive.metadata) h.text(key).text(text);
  for (const ArchiveTensor& t : archive.tensors) {
    t.verify();
    h.text(t.name).u64(static_cast<std::uint64_t>(t.dtype)).u64(t.shape.size());
    for (const std::int64_t size : t.shape) h.u64(static_cast<std::uint64_t>(size));
    h.hash(hash_bytes(t.bytes.data(), t.bytes.size()));
  }
  return h.digest();
}

std::uint64_t saved_bytes(const TensorArchive& archive) {
  std::uint64_t bytes = 0;
  for (const ArchiveTensor& t : archive.tensors) bytes += t.bytes.size();
  return bytes;
}

std::string saved_difference(const TensorArchive& first, const TensorArchive& second) {
  if (first.metadata != second.metadata) return "the metadata differ";
  if (first.tensors.size() != second.tensors.size()) {
    return fmt::format("{} tensors once and {} the next time", first.tensors.size(),
                       second.tensors.size());
  }
  for (std::size_t i = 0; i < first.tensors.size(); ++i) {
    const ArchiveTensor& a = first.tensors[i];
    const ArchiveTensor& b = second.tensors[i];
    if (a.name != b.name) {
      return fmt::format("tensor {} once and {} the next time", quote(a.name), quote(b.name));
    }
    std::string difference = tensor_difference(a, b);
    if (!difference.empty()) return difference;
  }
  return {};
}

}  // namespace calotype
