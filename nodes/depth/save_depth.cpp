#include "depth/save_depth.h"

#include <algorithm>

#include "calotype/types/aten.h"
#include "depth/check_depth.h"
#include "image_file/picture.h"
#include "io/save_image.h"

namespace calotype {

namespace {

constexpr float kWhite = 65535.0F;

}  // namespace

void SaveDepth::describe(Describe<SaveDepth>& d) {
  d.summary("Write depth to grey PNG files with 16 bits.");
  d.input("depth", &Inputs::depth, "Relative inverse depth, 0..1.");
  d.param("path", &Params::path,
          "File to write. `{index}` stands for the number of the map in its batch, from 0.")
      .required();
  d.impure();
  d.lane(Lane::io);
}

SaveDepth::Outputs SaveDepth::run(const Inputs& in, const Params& p, RunContext& context) {
  check_depth(in.depth);
  const at::Tensor maps = in.depth.values.to(at::kCPU, at::kFloat).contiguous();
  if (maps.size(0) > 1 && p.path.find("{index}") == std::string::npos) {
    throw Error(ErrorCode::run,
                "path " + quote(p.path) + " gives one name to " + std::to_string(maps.size(0)) +
                    " depth maps",
                "put {index} into it");
  }
  for (std::int64_t i = 0; i < maps.size(0); ++i) {
    context.check_cancelled();
    GreyPicture picture{.width = maps.size(3), .height = maps.size(2)};
    picture.pixels.resize(static_cast<std::size_t>(picture.width * picture.height));
    const auto* from = maps[i].const_data_ptr<float>();
    std::transform(from, from + picture.pixels.size(), picture.pixels.begin(), [](float v) {
      return static_cast<std::uint16_t>(std::clamp(v, 0.0F, 1.0F) * kWhite);
    });
    write_grey_png(picture_path(p.path, PictureFormat::automatic, i), picture);
    context.progress(i + 1, maps.size(0));
  }
  return {};
}

}  // namespace calotype
