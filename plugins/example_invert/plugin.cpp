#include <calotype/plugin_entry.h>
#include <calotype/types.h>

#include <calotype/types/aten.h>

namespace {

struct Invert {
  static constexpr std::string_view kType = "example.Invert";  // the name in graph files
  static constexpr int kVersion = 1;                           // raise it when results change

  struct Inputs {
    calotype::Image image;
    std::optional<calotype::Mask> mask;
  };
  struct Params {
    double amount = 1.0;
  };
  struct Outputs {
    calotype::Image image;
  };

  static void describe(calotype::Describe<Invert>& d) {
    d.summary("Inverts the colours of a picture.");
    d.input("image", &Inputs::image, "The picture.");
    d.input("mask", &Inputs::mask, "Where to invert; everywhere when absent.");
    d.param("amount", &Params::amount, "0 keeps the picture, 1 inverts it.").range(0, 1);
    d.output("image", &Outputs::image, "The inverted picture, same size.");
  }

  static Outputs run(const Inputs& in, const Params& params, calotype::RunContext&) {
    const at::Tensor& pixels = in.image.pixels;
    const at::Tensor weight = in.mask ? in.mask->alpha.to(pixels.options()) * params.amount
                                      : at::full({1}, params.amount, pixels.options());
    return {.image = {pixels.lerp(1 - pixels, weight)}};
  }
};

void register_nodes(calotype::Registrar& registrar) { registrar.add<Invert>(); }

}  // namespace

CALOTYPE_PLUGIN("example.invert", "1.0.0", register_nodes)
