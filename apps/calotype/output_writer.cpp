#include "output_writer.h"

#include <cstddef>
#include <cstdint>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "image_file/picture.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

const ArchiveTensor& image_of(const TensorArchive& archive) {
  const ArchiveTensor* image = archive.find("image");
  if (!image || image->shape.size() != 4 || image->shape[1] != 3 || image->dtype != DType::f32) {
    throw Error(ErrorCode::internal, "an Image must be a float32 tensor [B, 3, H, W]");
  }
  return *image;
}

void write_pictures(const ArchiveTensor& image, const std::vector<fs::path>& files,
                    const std::map<std::string, std::string>& provenance) {
  const std::int64_t height = image.shape[2], width = image.shape[3];
  const auto* planes = reinterpret_cast<const float*>(image.bytes.data());
  for (const fs::path& file : files) {
    Picture picture = picture_from_chw(planes, height, width);
    picture.text = provenance;
    write_picture(file, picture);
    planes += 3 * height * width;
  }
}

}  // namespace

std::vector<fs::path> write_output(const OutputValue& value, const OutputFile& output,
                                   const std::vector<fs::path>& before, const Places& named,
                                   const std::map<std::string, std::string>& provenance) {
  TensorArchive archive = value.archive();
  const auto count =
      output.is_picture() ? static_cast<std::size_t>(image_of(archive).shape[0]) : std::size_t{1};
  const std::vector<fs::path> files =
      before.size() == count ? before : numbered_files(output, count, named);
  if (output.is_picture()) {
    write_pictures(image_of(archive), files, provenance);
    return files;
  }
  for (const auto& [key, text] : provenance) archive.metadata[key] = text;
  archive.metadata["port_type"] = value.port_type();
  write_safetensors(files.front(), archive);
  return files;
}

}  // namespace calotype::cli
