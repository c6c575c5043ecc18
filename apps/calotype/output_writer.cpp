#include "output_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "image_file/picture.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array kPictureEndings = {".png", ".jpg", ".jpeg", ".webp"};

bool is_picture_file(const fs::path& file) {
  const std::string ending = file.extension().string();
  return std::find(kPictureEndings.begin(), kPictureEndings.end(), ending) != kPictureEndings.end();
}

/// `x.png` -> `x-3.png`.
fs::path numbered(const fs::path& file, std::size_t n) {
  fs::path result = file;
  result.replace_filename(
      fmt::format("{}-{}{}", file.stem().string(), n, file.extension().string()));
  return result;
}

std::vector<fs::path> write_pictures(const TensorArchive& archive, const fs::path& file,
                                     const std::map<std::string, std::string>& provenance) {
  const ArchiveTensor* image = archive.find("image");
  if (!image || image->shape.size() != 4 || image->shape[1] != 3 || image->dtype != DType::f32) {
    throw Error(ErrorCode::internal, "an Image must be a float32 tensor [B, 3, H, W]");
  }
  const std::int64_t batch = image->shape[0], height = image->shape[2], width = image->shape[3];
  std::vector<fs::path> written;
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto* planes =
        reinterpret_cast<const float*>(image->bytes.data()) + i * 3 * height * width;
    const fs::path target = batch == 1 ? file : numbered(file, static_cast<std::size_t>(i) + 1);
    Picture picture = picture_from_chw(planes, height, width);
    picture.text = provenance;
    write_picture(target, picture);
    written.push_back(target);
  }
  return written;
}

}  // namespace

fs::path default_output_file(const fs::path& graph_file, const std::string& output,
                             const std::string& port_type) {
  const fs::path file = fmt::format("{}-{}{}", graph_file.stem().string(), output,
                                    port_type == "Image" ? ".png" : ".safetensors");
  if (!fs::exists(file)) return file;
  for (std::size_t n = 2;; ++n) {
    fs::path candidate = numbered(file, n);
    if (!fs::exists(candidate)) return candidate;
  }
}

void check_output_file(const fs::path& file, const std::string& port_type) {
  const bool picture = is_picture_file(file);
  if (picture && port_type == "Image") return;
  if (file.extension() == ".safetensors") return;
  if (picture) {
    throw Error(ErrorCode::graph,
                fmt::format("--output {}: a {} cannot be written as a picture",
                            quote(file.string()), port_type),
                "use a file name that ends in .safetensors");
  }
  throw Error(ErrorCode::graph, fmt::format("--output {}: unknown ending", quote(file.string())),
              "use .png, .jpg or .webp for pictures, .safetensors for any tensor");
}

std::vector<fs::path> write_output(const OutputValue& output, const fs::path& file,
                                   const std::map<std::string, std::string>& provenance) {
  TensorArchive archive = output.archive();
  if (is_picture_file(file)) return write_pictures(archive, file, provenance);
  for (const auto& [key, text] : provenance) archive.metadata[key] = text;
  archive.metadata["port_type"] = output.port_type();
  write_safetensors(file, archive);
  return {file};
}

}  // namespace calotype::cli
