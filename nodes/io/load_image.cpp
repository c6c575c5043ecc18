#include "io/load_image.h"

#include "calotype/types/aten.h"
#include "image_file/picture.h"

namespace calotype {

void LoadImage::describe(Describe<LoadImage>& d) {
  d.summary("Read a picture file.");
  d.param("path", &Params::path, "PNG, JPEG or WebP file.").file().required();
  d.output("image", &Outputs::image, "The picture, RGB, values 0..1.");
  d.output("mask", &Outputs::mask, "Its transparency: 1 is transparent, 0 is opaque.");
  d.lane(Lane::io);
}

LoadImage::Outputs LoadImage::run(const Inputs&, const Params& p, RunContext&) {
  Picture picture = read_picture(p.path);
  const at::Tensor bytes = at::from_blob(
      picture.pixels.data(), {1, picture.height, picture.width, picture.channels}, at::kByte);
  const at::Tensor planes = bytes.permute({0, 3, 1, 2}).to(at::kFloat).div(255).contiguous();
  Outputs out;
  out.image.pixels = planes.narrow(1, 0, 3).contiguous();
  out.mask.alpha = picture.channels == 4
                       ? 1 - planes.narrow(1, 3, 1)
                       : at::zeros({1, 1, picture.height, picture.width}, at::kFloat);
  return out;
}

}  // namespace calotype
