#include "palette.h"

#include <calotype/error.h>
#include <calotype/types/aten.h>
#include <calotype/types/tensor_io.h>
#include <calotype/types/torch_scope.h>

#include <algorithm>
#include <memory>
#include <string>

namespace example {

namespace {

using calotype::Error;
using calotype::ErrorCode;

constexpr char kColours[] = "colours";
constexpr char kPixels[] = "pixels";

calotype::MemoryUse palette_memory(const void* value) {
  const auto& palette = *static_cast<const Palette*>(value);
  return {palette.colours.nbytes() + palette.pixels.nbytes(), 0};
}

calotype::TensorArchive save_palette(const std::shared_ptr<const void>& value) {
  const auto& palette = *static_cast<const Palette*>(value.get());
  calotype::TensorArchive archive;
  archive.tensors.push_back(calotype::to_archive(kColours, palette.colours));
  archive.tensors.push_back(calotype::to_archive(kPixels, palette.pixels));
  return archive;
}

at::Tensor member_of(const calotype::TensorArchive& archive, const char* name) {
  const calotype::ArchiveTensor* tensor = archive.find(name);
  if (!tensor) {
    throw Error(ErrorCode::io, "the archive has no tensor " + calotype::quote(name));
  }
  return calotype::to_tensor(*tensor);
}

std::shared_ptr<const void> load_palette(const calotype::TensorArchive& archive) {
  Palette palette{member_of(archive, kColours), member_of(archive, kPixels)};
  check_palette(palette);
  return std::make_shared<const Palette>(std::move(palette));
}

/// One square for each colour, at most 16 in a row; what is left of the last row stays white.
calotype::Preview swatches(const void* value) {
  constexpr std::int64_t kSide = 32;  // px
  constexpr std::int64_t kRow = 16;
  const at::Tensor& colours = static_cast<const Palette*>(value)->colours;
  const std::int64_t count = colours.size(0);
  const std::int64_t columns = std::min(count, kRow);
  const std::int64_t rows = (count + columns - 1) / columns;
  at::Tensor cells = at::full({rows * columns, 3}, 255, at::kByte);
  cells.narrow(0, 0, count).copy_(colours.mul(255).to(at::kByte));  // cut off as in picture files
  const at::Tensor picture =
      cells.view({rows, 1, columns, 1, 3}).expand({rows, kSide, columns, kSide, 3}).contiguous();
  const auto* bytes = picture.const_data_ptr<std::uint8_t>();
  return {static_cast<int>(columns * kSide), static_cast<int>(rows * kSide),
          std::vector<std::uint8_t>(bytes, bytes + picture.numel())};
}

}  // namespace

void check_palette(const Palette& palette) {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::io, what);
  };
  const at::Tensor& colours = palette.colours;
  const at::Tensor& pixels = palette.pixels;
  require(colours.dim() == 2 && colours.size(1) == 3 && colours.scalar_type() == at::kFloat,
          "\"colours\" must be float32 [N, 3]");
  const std::int64_t count = colours.size(0);
  require(count >= 1 && count <= kMaxColours,
          "a palette has 1 to 256 colours, got " + std::to_string(count));
  // Written so that NaN fails.
  require(colours.ge(0).logical_and(colours.le(1)).all().item<bool>(),
          "\"colours\" must lie in 0..1");
  require(pixels.dim() == 1 && pixels.size(0) == count && pixels.scalar_type() == at::kLong,
          "\"pixels\" must be int64 [N] with as many entries as \"colours\"");
  require(pixels.ge(0).all().item<bool>(), "\"pixels\" must not be negative");
}

}  // namespace example

const calotype::PortType& calotype::PortTraits<example::Palette>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "example.Palette";
    t.doc = "1 to 256 colours, float32 [N, 3], RGB, 0..1, and how many pixels had each.";
    t.memory = example::palette_memory;
    t.save = example::save_palette;
    t.load = example::load_palette;
    t.preview = example::swatches;
    t.around_run = torch_scope;
    return t;
  }();
  return type;
}
