#include "quantize_image.h"

#include <calotype/types/aten.h>

#include "dither.h"
#include "picture_colours.h"

namespace example {

void QuantizeImage::describe(calotype::Describe<QuantizeImage>& d) {
  d.summary("Paints a picture with the colours of a palette.");
  d.input("image", &Inputs::image, "Pictures, RGB, values 0..1; values outside are clamped.");
  d.input("palette", &Inputs::palette, "The colours to paint with.");
  d.param("dither", &Params::dither,
          "`none` takes the nearest colour, `floyd_steinberg` passes the difference on to the "
          "pixels around, `ordered` adds an 8x8 Bayer pattern.");
  d.param("strength", &Params::strength, "Of the dithering: 0 is as `none`.").range(0, 1);
  d.param("serpentine", &Params::serpentine,
          "`floyd_steinberg` only: every other row goes from right to left.");
  d.param("space", &Params::space,
          "Where colours are compared and differences passed on: `srgb`, `linear_rgb` (brightness "
          "stays right), `oklab` (as people see differences).");
  d.output("image", &Outputs::image, "The picture in the colours of the palette, same size.");
}

QuantizeImage::Outputs QuantizeImage::run(const Inputs& in, const Params& params,
                                          calotype::RunContext& context) {
  const at::Tensor rows = colour_rows(in.image);
  const std::int64_t batch = in.image.pixels.size(0);
  const std::int64_t height = in.image.pixels.size(2), width = in.image.pixels.size(3);
  const at::Tensor colours = to_space(in.palette.colours, params.space).contiguous();
  const NearestColour nearest(colours);

  at::Tensor offsets;
  if (params.dither == Dither::ordered) {
    offsets = ordered_offsets(height, width, colours, params.space, params.strength);
  }
  std::vector<at::Tensor> painted;
  for (std::int64_t b = 0; b < batch; ++b) {
    context.check_cancelled();
    const at::Tensor picture = rows.narrow(0, b * height * width, height * width);
    at::Tensor points = to_space(picture, params.space).view({height, width, 3});
    at::Tensor index;
    if (params.dither == Dither::floyd_steinberg) {
      index = diffuse(points.contiguous(), nearest, bounds_of(params.space),
                      {params.strength, params.serpentine}, context);
    } else {
      if (offsets.defined()) points = points + offsets;
      index = nearest.find_all(points.reshape({-1, 3}).contiguous());
    }
    painted.push_back(in.palette.colours.index_select(0, index).view({height, width, 3}));
    context.progress(b + 1, batch);
  }
  return {{at::stack(painted).permute({0, 3, 1, 2}).contiguous()}};
}

}  // namespace example

std::span<const std::pair<std::string_view, example::Dither>>
calotype::EnumNames<example::Dither>::table() {
  using enum example::Dither;
  static constexpr std::array<std::pair<std::string_view, example::Dither>, 3> kTable{
      {{"none", none}, {"floyd_steinberg", floyd_steinberg}, {"ordered", ordered}}};
  return kTable;
}
