#include "masks/mask_grow.h"

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "calotype/types/aten.h"
#include "masks/check_mask.h"

namespace calotype {

namespace {

/// Element k holds the maxima over windows of 2^k columns, by their first column; windows of any
/// width are then the maximum of two of them.
std::vector<at::Tensor> row_maxima(const at::Tensor& x, std::int64_t widest) {
  std::vector<at::Tensor> tables{x};
  for (std::int64_t width = 2; width <= widest; width *= 2) {
    const at::Tensor& half = tables.back();
    const std::int64_t left = half.size(3) - width / 2;
    tables.push_back(at::maximum(half.narrow(3, 0, left), half.narrow(3, width / 2, left)));
  }
  return tables;
}

/// Dilation by the disc x^2 + y^2 <= radius^2, row by row of the disc. Outside is 0.
at::Tensor dilate(const at::Tensor& x, std::int64_t radius, RunContext& context) {
  const std::int64_t height = x.size(2);
  const std::int64_t width = x.size(3);
  const std::array<std::int64_t, 4> border{radius, radius, radius, radius};
  const auto tables = row_maxima(at::constant_pad_nd(x, border), 2 * radius + 1);
  at::Tensor out = x.clone();
  for (std::int64_t y = -radius; y <= radius; ++y) {
    context.check_cancelled();
    const auto reach =
        static_cast<std::int64_t>(std::sqrt(static_cast<double>(radius * radius - y * y)));
    const auto window = static_cast<std::uint64_t>(2 * reach + 1);
    const int power = std::bit_width(window) - 1;
    const at::Tensor rows = tables[static_cast<std::size_t>(power)].narrow(2, radius + y, height);
    at::maximum_out(out, out, rows.narrow(3, radius - reach, width));
    at::maximum_out(out, out,
                    rows.narrow(3, radius + reach + 1 - (std::int64_t{1} << power), width));
  }
  return out;
}

}  // namespace

void MaskGrow::describe(Describe<MaskGrow>& d) {
  d.summary("Make the masked part larger or smaller.");
  d.input("mask", &Inputs::mask, "Any mask; soft edges stay soft.");
  d.param("pixels", &Params::pixels, "How far the edge moves outwards; negative: inwards.")
      .range(-1024, 1024)
      .unit("px");
  d.output("mask", &Outputs::mask, "Mask of the same size.");
}

MaskGrow::Outputs MaskGrow::run(const Inputs& in, const Params& p, RunContext& context) {
  check_mask(in.mask);
  if (p.pixels == 0) return {in.mask};
  const at::Tensor alpha = in.mask.alpha.to(at::kCPU, at::kFloat);
  if (p.pixels > 0) return {{dilate(alpha, p.pixels, context)}};
  return {{1 - dilate(1 - alpha, -p.pixels, context)}};
}

}  // namespace calotype
