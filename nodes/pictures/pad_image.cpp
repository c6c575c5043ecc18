#include "pictures/pad_image.h"

#include <algorithm>
#include <array>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"
#include "pictures/border.h"
#include "pictures/require_memory.h"

namespace calotype {

namespace {

/// Three float32 colours, once with the border of one direction and once with that of both.
constexpr double kPadBytesPerPixel = 2 * 3 * 4;

at::Tensor extended(const at::Tensor& x, const PadImage::Params& p) {
  if (p.fill == PadFill::grey) {
    const std::array<std::int64_t, 4> border{p.left, p.right, p.top, p.bottom};
    return at::constant_pad_nd(x, border, 0.5);
  }
  const auto extend = p.fill == PadFill::edge ? edge_repeated : mirrored;
  const at::Tensor tall = extend(x, 2, -p.top, x.size(2) + p.bottom);
  return extend(tall, 3, -p.left, x.size(3) + p.right);
}

/// One side of the picture: distance of each place to the nearest border, counted from 1 inside
/// and 0 on the border; `far` where there is none.
at::Tensor distances(std::int64_t before, std::int64_t size, std::int64_t after, double far) {
  const at::Tensor place = at::arange(-before, size + after, at::kDouble);
  const at::Tensor from_first = before > 0 ? place + 1 : at::full_like(place, far);
  const at::Tensor from_last = after > 0 ? size - place : at::full_like(place, far);
  return at::minimum(from_first, from_last).clamp_min(0);
}

at::Tensor border_mask(std::int64_t height, std::int64_t width, const PadImage::Params& p) {
  const double reach = static_cast<double>(p.feather) + 1;
  const at::Tensor rows = distances(p.top, height, p.bottom, reach).reshape({-1, 1});
  const at::Tensor columns = distances(p.left, width, p.right, reach).reshape({1, -1});
  const at::Tensor share = (1 - at::minimum(rows, columns) / reach).clamp_min(0);
  return (share * share).to(at::kFloat).unsqueeze(0).unsqueeze(0);
}

}  // namespace

std::span<const std::pair<std::string_view, PadFill>> EnumNames<PadFill>::table() {
  static constexpr std::array<std::pair<std::string_view, PadFill>, 3> kTable{
      {{"edge", PadFill::edge}, {"mirror", PadFill::mirror}, {"grey", PadFill::grey}}};
  return kTable;
}

void PadImage::describe(Describe<PadImage>& d) {
  d.summary("Add a border to a picture, and make the mask to paint it.");
  d.input("image", &Inputs::image, "RGB picture.");
  d.input("mask", &Inputs::mask, "What else shall be changed; joined with the border.");
  const auto side = [&](const char* name, std::int64_t Params::*member, const char* doc) {
    d.param(name, member, doc).range(0, 8192).unit("px");
  };
  side("left", &Params::left, "Border on the left.");
  side("top", &Params::top, "Border at the top.");
  side("right", &Params::right, "Border on the right.");
  side("bottom", &Params::bottom, "Border at the bottom.");
  d.param("fill", &Params::fill,
          "What the border shows: the `edge` pixels repeated, the picture `mirror`ed, or `grey`.");
  side("feather", &Params::feather, "How far the mask reaches into the picture, falling off.");
  d.output("image", &Outputs::image, "Picture with its border.");
  d.output("mask", &Outputs::mask, "1 on the border, 0 on the picture.");
}

PadImage::Outputs PadImage::run(const Inputs& in, const Params& p, RunContext&) {
  check_image(in.image);
  if (in.mask) check_pair(in.image, *in.mask);
  if (p.left + p.top + p.right + p.bottom == 0) {
    throw Error(ErrorCode::run, "no border is asked for: left, top, right and bottom are 0",
                "set one of them, or leave the node out");
  }
  const at::Tensor pixels = in.image.pixels.to(at::kCPU, at::kFloat);
  require_memory(pixels.size(0), pixels.size(2) + p.top + p.bottom,
                 pixels.size(3) + p.left + p.right, kPadBytesPerPixel, "choose a smaller border");
  at::Tensor alpha = border_mask(pixels.size(2), pixels.size(3), p);
  if (in.mask) {
    const std::array<std::int64_t, 4> border{p.left, p.right, p.top, p.bottom};
    alpha = at::maximum(alpha, at::constant_pad_nd(in.mask->alpha.to(alpha.options()), border));
  }
  return {{extended(pixels, p)}, {alpha}};
}

}  // namespace calotype
