#include "formats/file_kind.h"

namespace calotype {

namespace {

using namespace std::string_view_literals;

struct Row {
  std::string_view magic;
  FileKind kind;
};

constexpr std::string_view kPickle =
    "convert it to safetensors, or give it its own ending .ckpt so that it is read as one";
constexpr std::string_view kPicture = "give the path of the model, not of a picture";
constexpr std::string_view kPage = "the download failed: fetch the file itself, not its web page";

constexpr Row kRows[] = {
    {"\x89PNG\r\n\x1a\n"sv, {"a PNG picture", kPicture}},
    {"\xff\xd8\xff"sv, {"a JPEG picture", kPicture}},
    {"RIFF"sv, {"a RIFF file (WebP picture or sound)", kPicture}},
    {"PK\x03\x04"sv, {"a PyTorch pickle archive (.ckpt) or another ZIP file", kPickle}},
    {"\x80\x02"sv, {"a PyTorch pickle file (.ckpt)", kPickle}},
    {"\x80\x03"sv, {"a PyTorch pickle file (.ckpt)", kPickle}},
    {"\x80\x04"sv, {"a PyTorch pickle file (.ckpt)", kPickle}},
    {"\x80\x05"sv, {"a PyTorch pickle file (.ckpt)", kPickle}},
    {"7z\xbc\xaf\x27\x1c"sv, {"a 7z archive", "unpack it first"}},
    {"version https://git-lfs"sv, {"a Git LFS pointer", "fetch the file itself with git lfs pull"}},
    {"GGUF"sv, {"a GGUF file", "get the safetensors version of the model"}},
    {"\x1f\x8b"sv, {"a gzip file", "unpack it first"}},
    {"<!DOCTYPE"sv, {"a web page", kPage}},
    {"<!doctype"sv, {"a web page", kPage}},
    {"<html"sv, {"a web page", kPage}},
    {"{\""sv, {"a JSON file", "give the path of the weights"}},
};

}  // namespace

FileKind recognise_file(std::string_view first_bytes) {
  for (const Row& row : kRows) {
    if (first_bytes.starts_with(row.magic)) return row.kind;
  }
  constexpr std::size_t kTarMagic = 257;
  if (first_bytes.size() > kTarMagic && first_bytes.substr(kTarMagic).starts_with("ustar"sv)) {
    return {"a tar archive",
            "unpack it first; PyTorch before 2017 wrote such files: load and save it again"};
  }
  return {};
}

}  // namespace calotype
