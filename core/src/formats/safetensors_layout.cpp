#include "formats/safetensors_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace calotype::safetensors {

void refuse(const std::string& file, std::string_view tensor, Diagnostic d) {
  d.file = file;
  // A hostile name must not flood the terminal.
  constexpr std::size_t kShown = 200;
  if (!tensor.empty()) {
    d.port = "tensor " + quote(tensor.substr(0, kShown)) + (tensor.size() > kShown ? "..." : "");
  }
  throw Error(ErrorCode::io, {std::move(d)});
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DType::f6_e3m2); ++i) {
    if (dtype_name(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

void check_name(const std::string& file, std::string_view name) {
  if (name.empty()) refuse(file, {}, {.what = "a tensor has an empty name"});
  if (name.size() > kMaxSafetensorsName) {
    refuse(file, name,
           {.what = "the name is too long",
            .expected = fmt::format("at most {} bytes", kMaxSafetensorsName),
            .got = fmt::format("{}", name.size())});
  }
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      refuse(file, name,
             {.what = fmt::format("the name contains the control character U+{:04X}", byte)});
    }
  }
}

std::uint64_t byte_size(const std::string& file, std::string_view name, DType dtype,
                        const std::vector<std::int64_t>& shape) {
  if (shape.size() > kMaxSafetensorsRank) {
    refuse(file, name,
           {.what = "the shape has too many dimensions",
            .expected = fmt::format("at most {}", kMaxSafetensorsRank),
            .got = fmt::format("{}", shape.size())});
  }
  std::uint64_t bits = static_cast<std::uint64_t>(dtype_bits(dtype));
  for (const std::int64_t dim : shape) {
    if (dim < 0 || dim > kMaxSafetensorsDim) {
      refuse(file, name,
             {.what = "a dimension is out of range",
              .expected = "0 to 2^48 - 1",
              .got = fmt::format("{}", dim)});
    }
    if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(dim), &bits)) {
      refuse(file, name,
             {.what = fmt::format("the shape {} of {} overflows 64 bits", shape_text(shape),
                                  dtype_name(dtype))});
    }
  }
  if (bits % 8 != 0) {
    refuse(file, name,
           {.what = fmt::format("the shape {} of {} does not fill whole bytes", shape_text(shape),
                                dtype_name(dtype))});
  }
  return bits / 8;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace calotype::safetensors
