#include "qr_code.h"

#include <calotype/types/aten.h>

#include <charconv>

namespace example {

namespace {

using calotype::Error;
using calotype::ErrorCode;

/// `#ff8000` as float32 [3], 0..1.
at::Tensor colour_of(const std::string& param, const std::string& text) {
  std::uint32_t value = 0;
  const char* const begin = text.data() + (text.starts_with('#') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(begin, end, value, 16);
  if (text.size() != 7 || end - begin != 6 || parsed.ec != std::errc() || parsed.ptr != end) {
    throw Error(ErrorCode::run, "param \"" + param + "\": expected a colour such as \"#ff8000\", " +
                                    "got " + calotype::quote(text));
  }
  const at::Tensor bytes = at::tensor(
      {std::int64_t{value >> 16}, std::int64_t{value >> 8 & 255}, std::int64_t{value & 255}},
      at::kLong);
  return bytes.to(at::kFloat).div(255);
}

/// As the eye weighs the channels (ITU-R BT.709).
double brightness(const at::Tensor& colour) {
  return colour.dot(at::tensor({0.2126f, 0.7152f, 0.0722f}, at::kFloat)).item<double>();
}

/// `modules` in the middle of a square of `width` pixels: bool [width, width].
at::Tensor enlarged(const at::Tensor& modules, std::int64_t width, std::int64_t border) {
  const std::int64_t across = modules.size(0) + 2 * border;
  const std::int64_t side = width / across;  // px of one module
  if (side == 0) {
    throw Error(ErrorCode::run,
                "the code is " + std::to_string(across) + " modules wide with its border, more " +
                    "than the width of " + std::to_string(width) + " px",
                "set width to at least " + std::to_string((across + 7) / 8 * 8));
  }
  const std::int64_t drawn = modules.size(0) * side;
  const std::int64_t before = (width - drawn) / 2;
  at::Tensor result = at::zeros({width, width}, at::kBool);
  result.narrow(0, before, drawn)
      .narrow(1, before, drawn)
      .copy_(modules.repeat_interleave(side, 0).repeat_interleave(side, 1));
  return result;
}

}  // namespace

void QRCode::describe(calotype::Describe<QRCode>& d) {
  d.summary("Draws a text as a QR code.");
  d.param("text", &Params::text, "What the code says, such as an address; up to 2953 bytes.")
      .required();
  d.param("error_correction", &Params::error_correction,
          "Share of the code that may be unreadable: about 7, 15, 25 or 30 %. `high` leaves a "
          "diffusion model the most freedom.");
  d.param("width", &Params::width, "Width and height of the picture.")
      .range(32, 8192)
      .multiple_of(8)
      .unit("px");
  d.param("border", &Params::border, "Light border; readers expect 4 or more.")
      .range(0, 64)
      .unit("modules");
  d.param("mask", &Params::mask,
          "Pattern that evens out dark and light, 0 to 7; the most readable one when absent.")
      .range(0, 7);
  d.param("dark", &Params::dark, "Colour of the modules, `#rrggbb`.");
  d.param("light", &Params::light, "Colour of the ground, `#rrggbb`.");
  d.output("image", &Outputs::image, "The code.");
  d.output("mask", &Outputs::mask, "1 where a module is dark.");
}

QRCode::Outputs QRCode::run(const Inputs&, const Params& params, calotype::RunContext& context) {
  const at::Tensor dark = colour_of("dark", params.dark);
  const at::Tensor light = colour_of("light", params.light);
  const at::Tensor modules = qr_modules(params.text, params.error_correction, params.mask);
  const at::Tensor pattern =
      enlarged(modules, params.width, params.border).view({1, 1, params.width, params.width});
  if (brightness(dark) >= brightness(light)) {
    context.warn("the dark colour is not darker than the light one: many readers need that");
  }
  Outputs out;
  out.image.pixels =
      at::where(pattern, dark.view({1, 3, 1, 1}), light.view({1, 3, 1, 1})).contiguous();
  out.mask.alpha = pattern.to(at::kFloat);
  return out;
}

}  // namespace example
