#include "masks/mask_from_image.h"

#include <array>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"

namespace calotype {

std::span<const std::pair<std::string_view, MaskChannel>> EnumNames<MaskChannel>::table() {
  static constexpr std::array<std::pair<std::string_view, MaskChannel>, 4> kTable{
      {{"luma", MaskChannel::luma},
       {"red", MaskChannel::red},
       {"green", MaskChannel::green},
       {"blue", MaskChannel::blue}}};
  return kTable;
}

void MaskFromImage::describe(Describe<MaskFromImage>& d) {
  d.summary("Read a picture as a mask.");
  d.input("image", &Inputs::image, "White is changed, black is kept, grey is mixed.");
  d.param("channel", &Params::channel, "What counts as white: brightness, or one colour.");
  d.output("mask", &Outputs::mask, "Mask of the picture's size.");
}

MaskFromImage::Outputs MaskFromImage::run(const Inputs& in, const Params& p, RunContext&) {
  check_image(in.image);
  const at::Tensor& pixels = in.image.pixels;
  const auto plane = [&](std::int64_t i) { return pixels.narrow(1, i, 1); };
  switch (p.channel) {
    case MaskChannel::red:
      return {{plane(0).contiguous()}};
    case MaskChannel::green:
      return {{plane(1).contiguous()}};
    case MaskChannel::blue:
      return {{plane(2).contiguous()}};
    case MaskChannel::luma:
      break;
  }
  return {{(plane(0) * 0.299 + plane(1) * 0.587 + plane(2) * 0.114).clamp(0, 1)}};
}

}  // namespace calotype
