#include "io/save_image.h"

#include <torch/headeronly/version.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <string>

#include "calotype/types/aten.h"
#include "image_file/picture.h"

namespace calotype {

namespace {

constexpr std::string_view kIndex = "{index}";

struct Ending {
  std::string_view text;
  PictureFormat format;
};
/// The first of each format is the one that is added.
constexpr std::array<Ending, 4> kEndings{{{".png", PictureFormat::png},
                                          {".jpg", PictureFormat::jpeg},
                                          {".jpeg", PictureFormat::jpeg},
                                          {".webp", PictureFormat::webp}}};

/// `automatic` when the path has no picture ending.
PictureFormat format_of(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Ending& known : kEndings) {
    if (known.text == ending) return known.format;
  }
  return PictureFormat::automatic;
}

std::string name_of(PictureFormat format) {
  return std::get<std::string>(ParamTraits<PictureFormat>::store(format));
}

}  // namespace

std::span<const std::pair<std::string_view, PictureFormat>> EnumNames<PictureFormat>::table() {
  static constexpr std::array<std::pair<std::string_view, PictureFormat>, 4> kTable{
      {{"auto", PictureFormat::automatic},
       {"png", PictureFormat::png},
       {"jpeg", PictureFormat::jpeg},
       {"webp", PictureFormat::webp}}};
  return kTable;
}

std::string picture_path(const std::string& path, PictureFormat format, std::int64_t index) {
  std::string name = path;
  for (std::size_t at = name.find(kIndex); at != std::string::npos; at = name.find(kIndex, at)) {
    const std::string number = std::to_string(index);
    name.replace(at, kIndex.size(), number);
    at += number.size();
  }
  const PictureFormat ending = format_of(name);
  if (ending == PictureFormat::automatic && format == PictureFormat::automatic) {
    throw Error(ErrorCode::run, "path " + quote(path) + " must end in .png, .jpg, .jpeg or .webp",
                "add an ending, or set format");
  }
  if (ending == PictureFormat::automatic) {
    const auto* known = std::find_if(kEndings.begin(), kEndings.end(),
                                     [&](const Ending& e) { return e.format == format; });
    return name.append(known->text);
  }
  if (format != PictureFormat::automatic && format != ending) {
    throw Error(
        ErrorCode::run,
        "format " + quote(name_of(format)) + " does not fit the ending of path " + quote(path),
        "change one of them, or leave format out");
  }
  return name;
}

void SaveImage::describe(Describe<SaveImage>& d) {
  d.summary("Write pictures to files.");
  d.input("image", &Inputs::image, "Pictures, RGB, values 0..1; values outside are clamped.");
  d.param("path", &Params::path,
          "File to write. `{index}` stands for the number of the picture in its batch, from 0.")
      .required();
  d.param("format", &Params::format,
          "`auto` goes by the ending of path; another choice adds the ending if there is none.");
  d.param("quality", &Params::quality, "Of JPEG and WebP; higher is larger and closer.")
      .range(1, 100);
  d.impure();
  d.lane(Lane::io);
}

SaveImage::Outputs SaveImage::run(const Inputs& in, const Params& p, RunContext& context) {
  const at::Tensor& batch = in.image.pixels;
  if (batch.dim() != 4 || batch.size(1) != 3 || batch.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(batch.sizes()));
  }
  if (batch.size(0) > 1 && p.path.find(kIndex) == std::string::npos) {
    throw Error(ErrorCode::run,
                "path " + quote(p.path) + " gives one name to " + std::to_string(batch.size(0)) +
                    " pictures",
                "put {index} into it");
  }
  const at::Tensor pixels = batch.to(at::kCPU, at::kFloat).contiguous();
  const std::map<std::string, std::string> texts = context.provenance(TORCH_VERSION);
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    context.check_cancelled();
    const std::string path = picture_path(p.path, p.format, i);
    Picture picture =
        picture_from_chw(pixels[i].const_data_ptr<float>(), pixels.size(2), pixels.size(3));
    picture.text = texts;
    write_picture(path, picture, {.quality = static_cast<int>(p.quality)});
    context.progress(i + 1, pixels.size(0));
  }
  return {};
}

}  // namespace calotype
