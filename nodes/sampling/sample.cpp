#include "sampling/sample.h"

#include <cmath>
#include <limits>

#include "calotype/types/aten.h"
#include "sampling/finite_check.h"
#include "sampling/guided_denoiser.h"
#include "sampling/image_noise.h"
#include "sampling/sample_inputs.h"
#include "sampling/schedule.h"
#include "sampling/step_window.h"
#include "sampling/tiled_denoiser.h"

namespace calotype {

namespace {

constexpr double kMaxOption = 1000;
constexpr double kMaxSigma = 1e6;

SamplerOptions options_of(const Sample::Params& p) {
  return {p.eta, p.s_noise, p.s_churn, p.s_tmin, p.s_tmax, p.solver_type};
}

at::Tensor start_of(const SampleTensors& tensors, const Sampler& sampler, double sigma) {
  if (tensors.latent.defined()) return tensors.latent.add(tensors.noise, sigma);
  return tensors.noise * (sampler.unit_variance_start ? std::sqrt(1 + sigma * sigma) : sigma);
}

/// Mask 1 takes `changed`, 0 takes `original`.
at::Tensor blend(const at::Tensor& original, const at::Tensor& changed, const at::Tensor& mask) {
  return original.lerp(changed, mask);
}

/// A picture is made while most of its noise is still there, so a late start shows.
void warn_of_late_start(const SigmaTable& table, double sigma, const Sample::Params& p,
                        const RunContext& context) {
  const double first = table.timestep(sigma);
  if (p.denoise < 1 || first >= 0.8 * static_cast<double>(table.size())) return;
  context.warn("scheduler " + quote(p.scheduler) + " with " + std::to_string(p.steps) +
               " steps starts at timestep " + std::to_string(std::llround(first)) + " of " +
               std::to_string(table.size()) + "; use a step count that divides it");
}

}  // namespace

void Sample::describe(Describe<Sample>& d) {
  d.summary("Turn noise into a latent picture that follows the conditioning.");
  d.input("model", &Inputs::model, "The denoising network.");
  d.input("positive", &Inputs::positive, "What the picture shall show.");
  d.input("negative", &Inputs::negative,
          "What it shall not show; often the empty text. Without it there is no guidance and "
          "cfg_scale has no effect.");
  d.input("noise", &Inputs::noise, "Start noise; its size is the size of the result.");
  d.input("latent", &Inputs::latent, "Picture to start from; pure noise when absent.");
  d.input("mask", &Inputs::mask,
          "Where to change the latent: 1 is changed, 0 is kept. As large as the picture, or as the "
          "latent; resized bilinearly.");

  d.param("sampler", &Params::sampler, "The stepping algorithm.").choices(sampler_names());
  d.param("scheduler", &Params::scheduler, "How the noise levels of the steps are spaced.")
      .choices(schedule_names());
  d.param("steps", &Params::steps, "Number of steps that are run.").range(1, 10000).unit("steps");
  d.param("start_step", &Params::start_step,
          "Continue a run at this step: `latent` is then the noisy one that another Sample left at "
          "its end_step.")
      .range(0, 10000)
      .unit("steps");
  d.param("end_step", &Params::end_step,
          "Stop before this step and give the noisy latent for another Sample to finish. Unset: "
          "run to the end.")
      .range(1, 10000)
      .unit("steps");
  d.param("cfg_scale", &Params::cfg_scale,
          "Strength of classifier-free guidance; 1 turns it off and halves the work.")
      .range(0, 1000);
  d.param("image_cfg_scale", &Params::image_cfg_scale,
          "For models that edit a picture: how closely to keep to the picture, 1.5 in the paper. "
          "Unset: the picture is taken as it is.")
      .range(0, 1000);
  d.param("denoise", &Params::denoise,
          "Share of the schedule to use: 1 starts from pure noise, lower values keep more of the "
          "latent, 0 returns it.")
      .range(0, 1);
  d.param("denoise_mode", &Params::denoise_mode,
          "What denoise below 1 means. `stretch` runs all steps, the last ones of a schedule of "
          "int(steps / denoise), as ComfyUI does. `truncate` runs the last int(steps * denoise) of "
          "the schedule, as the strength of diffusers and of the CompVis scripts does. `a1111` "
          "runs the last int(steps * min(denoise, 0.999)) + 1.");
  d.param("eta", &Params::eta,
          "Share of fresh noise: 1 by default, 0 in ddim. Used by " + users_of_option("eta") + ".")
      .range(0, kMaxOption);
  d.param("s_noise", &Params::s_noise,
          "Factor of fresh noise, 1 by default. Used by " + users_of_option("s_noise") + ".")
      .range(0, kMaxOption);
  d.param("s_churn", &Params::s_churn,
          "Noise added back over the whole run, 0 by default. Used by " +
              users_of_option("s_churn") + ".")
      .range(0, kMaxOption);
  d.param("s_tmin", &Params::s_tmin,
          "Lowest noise level that s_churn acts on, 0 by default. Used by " +
              users_of_option("s_tmin") + ".")
      .range(0, kMaxSigma);
  d.param("s_tmax", &Params::s_tmax,
          "Highest noise level that s_churn acts on, unlimited by default. Used by " +
              users_of_option("s_tmax") + ".")
      .range(0, kMaxSigma);
  d.param(
      "solver_type", &Params::solver_type,
      "Second-order rule, midpoint by default. Used by " + users_of_option("solver_type") + ".");
  d.param("tile", &Params::tile,
          "Each step evaluates the model on overlapping tiles of at most this side of the latent "
          "and blends them, so that large pictures need no more memory than a tile. 0: in one "
          "piece. A latent pixel is 8 px of the picture, 4 px with the x4 upscaler.")
      .range(0, 8192)
      .multiple_of(8);
  d.output("latent", &Outputs::latent, "The finished latent, of the noise's shape.");
  d.lane(Lane::device);
}

Sample::Outputs Sample::run(const Inputs& in, const Params& p, RunContext& context) {
  const Sampler& sampler = find_sampler(p.sampler);
  check_options(sampler, options_of(p));
  const SampleTensors tensors = check_inputs(in, p);
  if (p.denoise == 0) return {{tensors.latent.contiguous()}};

  context.check_cancelled();
  const TiledDenoiser tiled(in.model, p.tile, [&] { context.check_cancelled(); });
  const Denoiser& network = p.tile > 0 ? tiled : *in.model;
  GuidedDenoiser model(network, in.positive, in.negative ? &*in.negative : nullptr,
                       {p.cfg_scale, p.image_cfg_scale},
                       {tensors.noise.size(0), tensors.noise.size(2), tensors.noise.size(3)});
  Sampling sampling;
  sampling.options = options_of(p);
  sampling.sigma_min = model.table().min();
  const std::vector<double> whole =
      make_sigmas(model.table(), p.scheduler, p.steps, p.denoise, p.denoise_mode);
  sampling.sigmas = step_window(whole, p.start_step, p.end_step);
  const double first = whole.front();
  warn_of_late_start(model.table(), first, p, context);

  sampling.denoise = [&](const at::Tensor& x, double sigma) {
    context.check_cancelled();
    const at::Tensor denoised = model.denoise(x, sigma);
    if (!tensors.mask.defined()) return denoised;
    return blend(tensors.latent, denoised, tensors.mask);
  };
  // The path of the noise is that of the whole run, so that its parts fit each other.
  ImageNoise noise(in.noise, whole[whole.size() - 2], first, tensors.noise.device());
  sampling.noise = &noise;
  FiniteCheck finite(sampling.steps());
  sampling.on_step = [&](std::size_t step, const at::Tensor& x) {
    finite.after_step(step, x);
    context.progress(static_cast<std::int64_t>(step), static_cast<std::int64_t>(sampling.steps()));
  };

  const bool continued = p.start_step > 0;
  at::Tensor result = sampler.run(
      sampling, continued ? tensors.latent.contiguous() : start_of(tensors, sampler, first));
  finite.finish();
  if (tensors.mask.defined() && sampling.sigmas.back() == 0)
    result = blend(tensors.latent, result, tensors.mask);
  return {{result}};
}

}  // namespace calotype
