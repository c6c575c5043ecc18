/// Runs single parts of the sampling code for samplers_test.py. Each line of standard input is what
/// to run and its arguments, key=value; the answer is a line "ok N" or "error N" and N bytes, which
/// are text or raw float32. One process answers all questions: loading libtorch takes longer.
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

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
  explicit Arguments(std::istream& words) {
    for (std::string text; words >> text;) {
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

std::string bytes_of(const at::Tensor& tensor) {
  const at::Tensor out = tensor.contiguous();
  return {reinterpret_cast<const char*>(out.const_data_ptr<float>()), out.nbytes()};
}

Noise draw(const Arguments& a) {
  RunContext context;
  const LatentNoise::Params p{a.integer("width"), a.integer("height"), a.integer("batch"),
                              a.seed("seed"), NoiseSource::cpu};
  return LatentNoise::run({}, p, context).noise;
}

std::string sigmas(const Arguments& a) {
  std::string lines;
  const SigmaTable table(test::sd1_alphas_cumprod());
  for (const double sigma :
       make_sigmas(table, a.text("scheduler"), a.integer("steps"), a.number("denoise"))) {
    lines += fmt::format("{:.9g} {:.9g}\n", sigma, sigma > 0 ? table.timestep(sigma) : 0.0);
  }
  return lines;
}

std::string seed_words(const Arguments& a) {
  std::string lines;
  std::vector<std::uint64_t> key;
  if (a.has("key0")) key = {a.seed("key0"), a.seed("key1")};
  const SeedSequence sequence(a.seed("entropy"), key, a.seed("pool"));
  for (const std::uint32_t word : sequence.generate_state(a.seed("words"))) {
    lines += fmt::format("{}\n", word);
  }
  return lines;
}

std::string brownian(const Arguments& a) {
  BrownianTree tree(a.number("start"), a.number("end"), {4, 4, 4}, a.seed("seed"));
  return bytes_of(tree.increment(a.number("from"), a.number("to")));
}

std::string sample(const Arguments& a) {
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
  return bytes_of(Sample::run(in, p, context).latent.values);
}

std::string answer(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  words >> what;
  const Arguments a(words);
  if (what == "noise") return bytes_of(draw(a).values);
  if (what == "sigmas") return sigmas(a);
  if (what == "seed_words") return seed_words(a);
  if (what == "brownian") return brownian(a);
  if (what == "sample") return sample(a);
  throw Error(ErrorCode::graph, "unknown part " + quote(what));
}

}  // namespace

int main() {
  calotype::torch_scope([] {
    for (std::string line; std::getline(std::cin, line);) {
      std::string state = "ok", text;
      try {
        text = answer(line);
      } catch (const std::exception& e) {
        state = "error";
        text = e.what();
      }
      std::cout << state << ' ' << text.size() << '\n' << text << std::flush;
    }
  });
}
