#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "calotype/safetensors.h"
#include "formats/file_kind.h"
#include "formats/safetensors_layout.h"

namespace calotype {

namespace {

using safetensors::refuse;

std::uint64_t little_endian_u64(const std::byte* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

[[noreturn]] void refuse_length(std::uint64_t length, std::string_view text,
                                const std::string& file) {
  if (const FileKind kind = recognise_file(text); !kind.name.empty()) {
    refuse(file, {},
           {.what = fmt::format("this is {}, not a safetensors file", kind.name),
            .hint = std::string(kind.hint)});
  }
  refuse(file, {},
         {.what = "this is not a safetensors file: its header would be too long",
          .expected = fmt::format("at most {} bytes", kMaxSafetensorsHeader),
          .got = fmt::format("{}", length)});
}

std::string_view header_text(std::string_view text, const std::string& file) {
  constexpr std::size_t kPrefix = 8;
  if (text.size() < kPrefix) {
    refuse(file, {},
           {.what = "the file is too short for a safetensors file",
            .expected = "at least 8 bytes",
            .got = fmt::format("{}", text.size())});
  }
  const std::uint64_t length = little_endian_u64(reinterpret_cast<const std::byte*>(text.data()));
  if (length > kMaxSafetensorsHeader) refuse_length(length, text, file);
  if (length > text.size() - kPrefix) {
    // The magic number of ZIP is a possible length.
    if (text.starts_with("PK\x03\x04")) refuse_length(length, text, file);
    refuse(file, {},
           {.what = "the header ends behind the end of the file",
            .expected = fmt::format("at most {} bytes", text.size() - kPrefix),
            .got = fmt::format("{}", length),
            .hint = "the file is cut off; fetch it again"});
  }
  return text.substr(kPrefix, length);
}

bool is_aligned(const std::byte* bytes, DType dtype) {
  const auto alignment = static_cast<std::uintptr_t>(std::max(dtype_bits(dtype) / 8, 1));
  return reinterpret_cast<std::uintptr_t>(bytes) % alignment == 0;
}

/// operator new[] aligns for every element type.
void copy_aligned(ArchiveTensor& t) {
  const std::shared_ptr<std::byte[]> copy(new std::byte[t.bytes.size()]);
  std::copy(t.bytes.begin(), t.bytes.end(), copy.get());
  t.bytes = {copy.get(), t.bytes.size()};
  t.owner = copy;
  t.mapped = false;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  const MappedFile file = map_file(path);
  const std::string name = path.string();
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  const std::string_view header = header_text(text, name);
  const std::size_t data_begin = 8 + header.size();
  data_size_ = text.size() - data_begin;
  header_ = parse_safetensors_header(header, data_size_, name);
  mapping_ = file.owner;
  data_ = file.bytes.data() + data_begin;
  index_.reserve(header_.tensors.size());
  for (std::size_t i = 0; i < header_.tensors.size(); ++i) {
    index_.emplace(header_.tensors[i].name, i);
  }
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &header_.tensors[found->second];
}

ArchiveTensor SafetensorsFile::tensor(const TensorInfo& info) const {
  if (info.begin > info.end || info.end > data_size_) {
    throw Error(ErrorCode::internal,
                fmt::format("tensor {} is not of file {}", quote(info.name), path_.string()));
  }
  ArchiveTensor t{.name = info.name,
                  .dtype = info.dtype,
                  .shape = info.shape,
                  .bytes = {data_ + info.begin, info.end - info.begin},
                  .owner = mapping_,
                  .mapped = true};
  if (info.dtype == DType::boolean) {
    const auto bad =
        std::find_if(t.bytes.begin(), t.bytes.end(), [](std::byte b) { return b > std::byte{1}; });
    if (bad != t.bytes.end()) {
      refuse(path_.string(), info.name,
             {.what = fmt::format("byte {} of a BOOL tensor", bad - t.bytes.begin()),
              .expected = "0 or 1",
              .got = fmt::format("{}", std::to_integer<int>(*bad))});
    }
  }
  if (!is_aligned(t.bytes.data(), t.dtype)) copy_aligned(t);
  return t;
}

TensorArchive SafetensorsFile::archive() const {
  TensorArchive archive{.metadata = metadata()};
  archive.tensors.reserve(tensors().size());
  for (const TensorInfo& info : tensors()) archive.tensors.push_back(tensor(info));
  return archive;
}

}  // namespace calotype
