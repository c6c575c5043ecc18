#include <fmt/format.h>

#include <algorithm>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "formats/safetensors_layout.h"
#include "formats/safetensors_sax.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

using safetensors::refuse;

/// What nlohmann's reader would accept or end at quietly.
void check_text(std::string_view json, const std::string& file) {
  if (json.starts_with("\xEF\xBB\xBF")) {
    refuse(file, {}, {.what = "the header starts with a UTF-8 byte order mark"});
  }
  if (const std::size_t nul = json.find('\0'); nul != json.npos) {
    refuse(file, {}, {.what = fmt::format("the header contains a NUL byte at byte {}", nul + 1)});
  }
  if (const auto bad = find_invalid_utf8(json)) {
    refuse(file, {}, {.what = fmt::format("the header is not valid UTF-8 at byte {}", *bad + 1)});
  }
}

void check_range(const TensorInfo& t, std::uint64_t data_size, const std::string& file) {
  if (t.end < t.begin) {
    refuse(file, t.name,
           {.what = fmt::format("\"data_offsets\" [{}, {}] are reversed", t.begin, t.end)});
  }
  const std::uint64_t size = safetensors::byte_size(file, t.name, t.dtype, t.shape);
  if (t.end - t.begin != size) {
    refuse(file, t.name,
           {.what = fmt::format("\"data_offsets\" [{}, {}] do not match the shape", t.begin, t.end),
            .expected = fmt::format("{} bytes for {} {}", size, dtype_name(t.dtype),
                                    safetensors::shape_text(t.shape)),
            .got = fmt::format("{}", t.end - t.begin)});
  }
  if (t.end > data_size) {
    refuse(file, t.name,
           {.what = "the data ends behind the end of the file",
            .expected = fmt::format("at most {} bytes", data_size),
            .got = fmt::format("{}", t.end),
            .hint = "the file is cut off; fetch it again"});
  }
}

/// The data section must be covered without overlap, hole or tail.
void check_cover(const SafetensorsHeader& header, std::uint64_t data_size,
                 const std::string& file) {
  std::uint64_t end = 0;
  for (const TensorInfo& t : header.tensors) {
    if (t.begin != end) {
      refuse(file, t.name,
             {.what = t.begin < end ? "the data overlaps another tensor"
                                    : "there is a hole before the data",
              .expected = fmt::format("begin at byte {}", end),
              .got = fmt::format("{}", t.begin)});
    }
    end = t.end;
  }
  if (end != data_size) {
    refuse(file, {},
           {.what = "bytes follow the last tensor",
            .expected = fmt::format("{} bytes of data", end),
            .got = fmt::format("{}", data_size),
            .hint = "the file was changed after it was written, or its header is damaged"});
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_size,
                                           const std::string& file) {
  check_text(json, file);
  safetensors::HeaderSax sax(json, file);
  nlohmann::json::sax_parse(json.begin(), json.end(), &sax);
  SafetensorsHeader header = std::move(sax.header);
  for (const TensorInfo& t : header.tensors) check_range(t, data_size, file);
  std::stable_sort(header.tensors.begin(), header.tensors.end(),
                   [](const TensorInfo& a, const TensorInfo& b) {
                     return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
                   });
  check_cover(header, data_size, file);
  return header;
}

}  // namespace calotype
