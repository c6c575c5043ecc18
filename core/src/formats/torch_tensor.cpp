#include "formats/torch_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "formats/safetensors_layout.h"

namespace calotype::torch_format {

namespace {

using safetensors::refuse;
using safetensors::shape_text;

struct Layout {
  std::vector<std::int64_t> shape, strides;
  std::uint64_t offset = 0;
  std::uint64_t element = 1;  // bytes
};

std::vector<std::int64_t> integers(const pickle::Nodes& nodes, pickle::NodeId tuple) {
  std::vector<std::int64_t> out;
  for (const pickle::NodeId item : nodes.items(tuple)) out.push_back(nodes.integer(item));
  return out;
}

bool is_empty(const Layout& t) {
  return std::find(t.shape.begin(), t.shape.end(), 0) != t.shape.end();
}

/// Elements of the storage that the tensor reaches; empty when that is beyond 64 bits.
std::optional<std::uint64_t> reach(const Layout& t) {
  if (is_empty(t)) return t.offset;
  std::uint64_t last = t.offset;
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    std::uint64_t span = 0;
    if (__builtin_mul_overflow(static_cast<std::uint64_t>(t.shape[d] - 1),
                               static_cast<std::uint64_t>(t.strides[d]), &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return std::nullopt;
    }
  }
  return last == ~std::uint64_t{0} ? std::nullopt : std::optional(last + 1);
}

/// Bounds were checked.
bool is_contiguous(const Layout& t) {
  if (is_empty(t)) return true;
  std::int64_t expected = 1;
  for (std::size_t d = t.shape.size(); d-- > 0;) {
    if (t.shape[d] != 1 && t.strides[d] != expected) return false;
    expected *= t.shape[d];
  }
  return true;
}

/// Elements in row-major order. Bounds and the size of `out` were checked, so that no product here
/// leaves 64 bits but for strides that are never taken.
void copy_strided(const Layout& t, const char* storage, std::byte* out) {
  const std::size_t rank = t.shape.size();
  const auto element = static_cast<std::int64_t>(t.element);
  std::vector<std::int64_t> steps(rank, 0);  // bytes
  for (std::size_t d = 0; d < rank; ++d) {
    if (t.shape[d] != 1) steps[d] = t.strides[d] * element;
  }
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t row = static_cast<std::int64_t>(t.offset) * element;
  for (;;) {
    for (std::int64_t i = 0; i < t.shape[rank - 1]; ++i, out += element) {
      std::memcpy(out, storage + row + i * steps[rank - 1], t.element);
    }
    std::size_t d = rank - 1;
    do {
      if (d == 0) return;
      --d;
      row += steps[d];
      if (++index[d] < t.shape[d]) break;
      row -= steps[d] * t.shape[d];
      index[d] = 0;
    } while (true);
  }
}

}  // namespace

TensorMaker::TensorMaker(const pickle::Nodes& nodes, const Objects& objects,
                         const std::vector<StorageBytes>& storages,
                         std::shared_ptr<const void> owner, std::uint64_t copies,
                         const std::string& file)
    : nodes_(nodes),
      objects_(objects),
      storages_(storages),
      owner_(std::move(owner)),
      copies_left_(copies),
      file_(file) {}

ArchiveTensor TensorMaker::make(std::string name, const Recipe& recipe) {
  const StorageRange& range = objects_.range(recipe);
  const StorageBytes& storage = storages_[range.storage];
  const Layout layout{.shape = integers(nodes_, recipe.shape),
                      .strides = integers(nodes_, recipe.strides),
                      .offset = recipe.offset,
                      .element = static_cast<std::uint64_t>(dtype_bits(recipe.dtype) / 8)};
  const std::uint64_t size = safetensors::byte_size(file_, name, recipe.dtype, layout.shape);
  const std::uint64_t elements = range.size / layout.element;
  const auto reached = reach(layout);
  if (!reached || *reached > elements) {
    refuse(
        file_, name,
        {.what = fmt::format("shape {}, stride {} and offset {} leave the storage",
                             shape_text(layout.shape), shape_text(layout.strides), layout.offset),
         .expected = fmt::format("at most {} elements", elements),
         .got = reached ? fmt::format("{}", *reached) : "more than 64 bits can count"});
  }

  ArchiveTensor t{.dtype = recipe.dtype, .shape = layout.shape};
  const std::string_view bytes = storage.bytes.substr(range.begin, range.size);
  if (is_contiguous(layout)) {
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    t.bytes = {size == 0 ? begin : begin + layout.offset * layout.element, size};
    t.owner = owner_;
    t.check = storage.check;
  } else {
    if (size > copies_left_) {
      refuse(file_, name,
             {.what = "the tensors of the file that are no plain blocks take too much memory",
              .expected = fmt::format("at most {} bytes more", copies_left_),
              .got = fmt::format("{}", size)});
    }
    copies_left_ -= size;
    if (storage.check) storage.check();
    const std::shared_ptr<std::byte[]> copy(new std::byte[size]);
    copy_strided(layout, bytes.data(), copy.get());
    t.bytes = {copy.get(), size};
    t.owner = copy;
  }
  t.name = std::move(name);
  return t;
}

}  // namespace calotype::torch_format
