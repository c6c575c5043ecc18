#include "sampling/latent_resize.h"

#include <array>

#include "calotype/types/aten.h"
#include "pictures/require_memory.h"

namespace calotype {

namespace {

/// Of one side in latent values: what was asked for, or `share` of what it was.
std::int64_t side(std::int64_t pixels, std::int64_t length, double share) {
  if (pixels > 0) return pixels / kDownscale;
  return static_cast<std::int64_t>(static_cast<double>(length) * share);
}

at::Tensor resize(const at::Tensor& x, at::IntArrayRef size, LatentFilter method) {
  switch (method) {
    case LatentFilter::nearest:
      return at::upsample_nearest2d(x, size);
    case LatentFilter::nearest_exact:
      return at::_upsample_nearest_exact2d(x, size);
    case LatentFilter::bilinear:
      return at::upsample_bilinear2d(x, size, false);
    case LatentFilter::bilinear_antialiased:
      return at::_upsample_bilinear2d_aa(x, size, false);
    case LatentFilter::bicubic:
      return at::upsample_bicubic2d(x, size, false);
    case LatentFilter::bicubic_antialiased:
      return at::_upsample_bicubic2d_aa(x, size, false);
    case LatentFilter::area:
      break;
  }
  return at::adaptive_avg_pool2d(x, size);
}

}  // namespace

std::span<const std::pair<std::string_view, LatentFilter>> EnumNames<LatentFilter>::table() {
  static constexpr std::array<std::pair<std::string_view, LatentFilter>, 7> kTable{
      {{"nearest", LatentFilter::nearest},
       {"nearest_exact", LatentFilter::nearest_exact},
       {"bilinear", LatentFilter::bilinear},
       {"bilinear_antialiased", LatentFilter::bilinear_antialiased},
       {"bicubic", LatentFilter::bicubic},
       {"bicubic_antialiased", LatentFilter::bicubic_antialiased},
       {"area", LatentFilter::area}}};
  return kTable;
}

void LatentResize::describe(Describe<LatentResize>& d) {
  d.summary("Resize a latent, to sample it again at a larger size.");
  d.input("latent", &Inputs::latent, "Latent in model space.");
  d.param("scale", &Params::scale, "Factor of both sides, where width and height are 0.")
      .range(0.01, 64);
  d.param("width", &Params::width,
          "Width of the picture; 0: by scale, or in proportion to the height.")
      .range(0, 1048576)
      .multiple_of(8)
      .unit("px");
  d.param("height", &Params::height,
          "Height of the picture; 0: by scale, or in proportion to the width.")
      .range(0, 1048576)
      .multiple_of(8)
      .unit("px");
  d.param("method", &Params::method, "How values in between are made.");
  d.output("latent", &Outputs::latent, "The resized latent.");
}

LatentResize::Outputs LatentResize::run(const Inputs& in, const Params& p, RunContext&) {
  const at::Tensor& latent = in.latent.values;
  if (latent.dim() != 4 || latent.numel() == 0) {
    throw Error(ErrorCode::run,
                "the latent must have the shape [B, C, h, w], got " + c10::str(latent.sizes()));
  }
  const auto share = [&](std::int64_t pixels, std::int64_t length) {
    return static_cast<double>(pixels) / static_cast<double>(length * kDownscale);
  };
  double scale = p.scale;
  if (p.width > 0) scale = share(p.width, latent.size(3));
  if (p.height > 0) scale = share(p.height, latent.size(2));
  const std::array<std::int64_t, 2> size{side(p.height, latent.size(2), scale),
                                         side(p.width, latent.size(3), scale)};
  if (size[0] < 1 || size[1] < 1) {
    throw Error(ErrorCode::run,
                "a latent of " + c10::str(latent.sizes()) + " cannot shrink to nothing",
                "use a larger scale, width or height");
  }
  if (latent.is_cpu()) {
    const double bytes = static_cast<double>(latent.size(1)) * sizeof(float);
    require_memory(latent.size(0), size[0] * kDownscale, size[1] * kDownscale,
                   bytes / (kDownscale * kDownscale), "use a smaller scale, width or height");
  }
  return {{resize(latent.to(at::kFloat), size, p.method).contiguous()}};
}

}  // namespace calotype
