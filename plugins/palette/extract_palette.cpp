#include "extract_palette.h"

#include <calotype/types/aten.h>

#include "k_means.h"
#include "median_cut.h"
#include "picture_colours.h"

namespace example {

namespace {

/// Means of the groups, brought back to sRGB. A group of one colour keeps it to the last bit, which
/// the way into another space and back would not.
at::Tensor palette_colours(const ColourCounts& counts, const at::Tensor& points,
                           const at::Tensor& groups, ColourSpace space) {
  at::Tensor colours = from_space(group_means(points, counts.pixels, groups), space);
  const at::Tensor members = at::bincount(groups);
  const at::Tensor any_member = at::empty_like(colours).index_copy_(0, groups, counts.colours);
  return at::where(members.eq(1).unsqueeze(1), any_member, colours);
}

}  // namespace

void ExtractPalette::describe(calotype::Describe<ExtractPalette>& d) {
  d.summary("Finds the colours that stand best for those of a picture.");
  d.input("image", &Inputs::image, "Pictures; a batch gives one palette for all of them.");
  d.param("colours", &Params::colours,
          "How many; fewer come out of a picture that has fewer different ones.")
      .range(2, static_cast<double>(kMaxColours));
  d.param("method", &Params::method,
          "`median_cut` is fast; `k_means` begins with it and lowers the error until it stays.");
  d.param("space", &Params::space,
          "Where colours are compared and averaged: `srgb`, `linear_rgb` (as light mixes), `oklab` "
          "(as people see differences).");
  d.output("palette", &Outputs::palette, "The colours, the most frequent one first.");
}

ExtractPalette::Outputs ExtractPalette::run(const Inputs& in, const Params& params,
                                            calotype::RunContext& context) {
  const ColourCounts counts = count_colours(colour_rows(in.image));
  const at::Tensor points = to_space(counts.colours, params.space).contiguous();
  at::Tensor groups = median_cut(points, counts.pixels, params.colours, context);
  if (params.method == PaletteMethod::k_means) {
    groups = k_means(points, counts.pixels, groups, context);
  }
  const at::Tensor colours = palette_colours(counts, points, groups, params.space);
  const at::Tensor pixels =
      at::zeros({colours.size(0)}, at::kLong).index_add_(0, groups, counts.pixels);
  const at::Tensor order = at::argsort(pixels, /*stable=*/true, /*dim=*/0, /*descending=*/true);
  return {{colours.index_select(0, order), pixels.index_select(0, order)}};
}

}  // namespace example

std::span<const std::pair<std::string_view, example::PaletteMethod>>
calotype::EnumNames<example::PaletteMethod>::table() {
  using enum example::PaletteMethod;
  static constexpr std::array<std::pair<std::string_view, example::PaletteMethod>, 2> kTable{
      {{"median_cut", median_cut}, {"k_means", k_means}}};
  return kTable;
}
