/// Runs single parts of the sampling code for samplers_test.py: first argument is what to run, the
/// others are key=value. Tensors are written as raw float32 to standard output.
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"
#include "sampling/brownian_tree.h"
#include "sampling/latent_noise.h"
#include "sampling/sample.h"
#include "sampling/schedule.h"
#include "sampling/seed_sequence.h"
#include "support/toy_denoiser.h"

namespace {

using namespace calotype;

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string text = argv[i];
      const std::size_t equals = text.find('=');
      values_[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  bool has(const std::string& key) const { return values_.contains(key); }
  std::string text(const std::string& key) const { return values_.at(key); }
  double number(const std::string& key) const { return std::stod(values_.at(key)); }
  std::int64_t integer(const std::string& key) const { return std::stoll(values_.at(key)); }
  std::uint64_t seed(const std::string& key) const { return std::stoull(values_.at(key)); }
  std::optional<double> option(const std::string& key) const {
    return has(key) ? std::optional(number(key)) : std::nullopt;
  }

 private:
  std::map<std::string, std::string> values_;
};

void write(const at::Tensor& tensor) {
  const at::Tensor out = tensor.contiguous();
  std::fwrite(out.const_data_ptr<float>(), sizeof(float), static_cast<std::size_t>(out.numel()),
              stdout);
}

Noise draw(const Arguments& a) {
  RunContext context;
  const LatentNoise::Params p{a.integer("width"), a.integer("height"), a.integer("batch"),
                              a.seed("seed"), NoiseSource::cpu};
  return LatentNoise::run({}, p, context).noise;
}

void sigmas(const Arguments& a) {
  const SigmaTable table(test::sd1_alphas_cumprod());
  for (const double sigma :
       make_sigmas(table, a.text("scheduler"), a.integer("steps"), a.number("denoise"))) {
    std::printf("%.9g %.9g\n", sigma, sigma > 0 ? table.timestep(sigma) : 0.0);
  }
}

void seed_words(const Arguments& a) {
  std::vector<std::uint64_t> key;
  if (a.has("key0")) key = {a.seed("key0"), a.seed("key1")};
  const SeedSequence sequence(a.seed("entropy"), key, a.seed("pool"));
  for (const std::uint32_t word : sequence.generate_state(a.seed("words"))) {
    std::printf("%u\n", word);
  }
}

void brownian(const Arguments& a) {
  BrownianTree tree(a.number("start"), a.number("end"), {4, 4, 4}, a.seed("seed"));
  write(tree.increment(a.number("from"), a.number("to")));
}

void sample(const Arguments& a) {
  test::ToyOptions toy;
  if (a.has("v")) toy.prediction = Prediction::v;
  Sample::Inputs in;
  in.model = std::make_shared<test::ToyDenoiser>(toy);
  in.positive = {test::toy_context(0.3)};
  if (a.has("negative")) in.negative = Conditioning{test::toy_context(-0.2)};
  in.noise = draw(a);
  if (a.has("latent")) in.latent = Latent{at::full_like(in.noise.values, a.number("latent"))};
  if (a.has("mask")) {
    const at::Tensor alpha = at::zeros({1, 1, a.integer("height"), a.integer("width")});
    alpha.narrow(3, 0, a.integer("width") / 2).fill_(1);
    in.mask = Mask{alpha};
  }
  Sample::Params p;
  p.sampler = a.text("sampler");
  p.scheduler = a.text("scheduler");
  p.steps = a.integer("steps");
  p.cfg_scale = a.number("cfg_scale");
  p.denoise = a.number("denoise");
  p.eta = a.option("eta");
  p.s_noise = a.option("s_noise");
  p.s_churn = a.option("s_churn");
  p.s_tmin = a.option("s_tmin");
  p.s_tmax = a.option("s_tmax");
  if (a.has("heun")) p.solver_type = SolverType::heun;
  RunContext context;
  write(Sample::run(in, p, context).latent.values);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string what = argc > 1 ? argv[1] : "";
    const Arguments arguments(argc, argv);
    calotype::torch_scope([&] {
      if (what == "noise") return write(draw(arguments).values);
      if (what == "sigmas") return sigmas(arguments);
      if (what == "seed_words") return seed_words(arguments);
      if (what == "brownian") return brownian(arguments);
      if (what == "sample") return sample(arguments);
      throw Error(ErrorCode::graph, "unknown part " + quote(what));
    });
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
