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

/// Elements of the storage that the tensor reaches; empty when that is beyond 64 bits.
std::optional<std::uint64_t> reach(const Layout& t) {
  std::uint64_t last = t.offset;
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    if (t.shape[d] == 0) return t.offset;
    std::uint64_t span = 0;
    if (__builtin_mul_overflow(static_cast<std::uint64_t>(t.shape[d] - 1),
                               static_cast<std::uint64_t>(t.strides[d]), &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return std::nullopt;
    }
  }
  return last == ~std::uint64_t{0} ? std::nullopt : std::optional(last + 1);
}

bool is_contiguous(const Layout& t) {
  std::int64_t expected = 1;
  for (std::size_t d = t.shape.size(); d-- > 0;) {
    if (t.shape[d] == 0) return true;
    if (t.shape[d] != 1 && t.strides[d] != expected) return false;
    expected *= t.shape[d];
  }
  return true;
}

/// Elements in row-major order. Bounds and the size of `out` were checked.
void copy_strided(const Layout& t, const char* storage, std::byte* out) {
  const std::size_t rank = t.shape.size();
  const auto element = static_cast<std::int64_t>(t.element);
  const std::int64_t row = t.shape[rank - 1];
  const std::int64_t step = t.strides[rank - 1] * element;
  std::vector<std::int64_t> index(rank, 0);
  const char* from = storage + static_cast<std::int64_t>(t.offset) * element;
  for (;;) {
    for (std::int64_t i = 0; i < row; ++i, out += element) {
      std::memcpy(out, from + i * step, t.element);
    }
    std::size_t d = rank - 1;
    for (;;) {
      if (d == 0) return;
      --d;
      from += t.strides[d] * element;
      if (++index[d] < t.shape[d]) break;
      from -= t.strides[d] * t.shape[d] * element;
      index[d] = 0;
    }
  }
}

void check_booleans(std::span<const std::byte> bytes, const std::string& name,
                    const std::string& file) {
  const auto bad =
      std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b > std::byte{1}; });
  if (bad == bytes.end()) return;
  refuse(file, name,
         {.what = fmt::format("byte {} of a BOOL tensor", bad - bytes.begin()),
          .expected = "0 or 1",
          .got = fmt::format("{}", std::to_integer<int>(*bad))});
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

ArchiveTensor TensorMaker::make(const std::string& name, const Recipe& recipe) {
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

  ArchiveTensor t{.name = name, .dtype = recipe.dtype, .shape = layout.shape};
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
  if (recipe.dtype == DType::boolean) {
    t.check = [bytes = t.bytes, before = std::move(t.check), name, file = file_, owner = t.owner] {
      if (before) before();
      check_booleans(bytes, name, file);
    };
  }
  return t;
}

}  // namespace calotype::torch_format
