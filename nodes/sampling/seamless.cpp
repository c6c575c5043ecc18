#include "sampling/seamless.h"

#include <array>
#include <string>

#include "calotype/types/aten.h"
#include "layers/wrap.h"

namespace calotype {

namespace {

Wrap wrap_of(SeamlessAxis axis) {
  return {.x = axis != SeamlessAxis::y, .y = axis != SeamlessAxis::x};
}

class SeamlessRun final : public DenoiserRun {
 public:
  SeamlessRun(std::unique_ptr<DenoiserRun> run, Wrap wrap) : run_(std::move(run)), wrap_(wrap) {}
  at::Tensor predict(const at::Tensor& x, const at::Tensor& timesteps) override {
    const WrapScope scope(wrap_);
    return run_->predict(x, timesteps);
  }

 private:
  std::unique_ptr<DenoiserRun> run_;
  Wrap wrap_;
};

class SeamlessDenoiser final : public Denoiser {
 public:
  SeamlessDenoiser(DenoiserHandle model, Wrap wrap) : model_(std::move(model)), wrap_(wrap) {}
  std::string family() const override { return model_->family(); }
  Prediction prediction() const override { return model_->prediction(); }
  Placement placement() const override { return model_->placement(); }
  std::int64_t latent_channels() const override { return model_->latent_channels(); }
  std::int64_t input_channels() const override { return model_->input_channels(); }
  std::int64_t context_width() const override { return model_->context_width(); }
  VectorKind vector_kind() const override { return model_->vector_kind(); }
  std::int64_t vector_width() const override { return model_->vector_width(); }
  at::Tensor alphas_cumprod() const override { return model_->alphas_cumprod(); }
  std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const override {
    return std::make_unique<SeamlessRun>(model_->begin(input), wrap_);
  }
  MemoryUse memory() const override { return model_->memory(); }

 private:
  DenoiserHandle model_;
  Wrap wrap_;
};

class SeamlessAutoencoder final : public Autoencoder {
 public:
  SeamlessAutoencoder(AutoencoderHandle vae, Wrap wrap) : vae_(std::move(vae)), wrap_(wrap) {}
  std::int64_t downscale() const override { return vae_->downscale(); }
  std::int64_t latent_channels() const override { return vae_->latent_channels(); }
  double scaling_factor() const override { return vae_->scaling_factor(); }
  Placement placement() const override { return vae_->placement(); }
  at::Tensor encode(const at::Tensor& pixels) const override {
    const WrapScope scope(wrap_);
    return vae_->encode(pixels);
  }
  LatentDistribution encode_distribution(const at::Tensor& pixels) const override {
    const WrapScope scope(wrap_);
    return vae_->encode_distribution(pixels);
  }
  at::Tensor decode(const at::Tensor& latent) const override {
    const WrapScope scope(wrap_);
    return vae_->decode(latent);
  }
  double working_bytes_per_pixel() const override { return vae_->working_bytes_per_pixel(); }
  MemoryUse memory() const override { return vae_->memory(); }

 private:
  AutoencoderHandle vae_;
  Wrap wrap_;
};

template <class Node>
void describe_axis(Describe<Node>& d) {
  d.param("axis", &Node::Params::axis,
          "Which edges shall fit each other: x is left and right, y is top and bottom.");
}

}  // namespace

std::span<const std::pair<std::string_view, SeamlessAxis>> EnumNames<SeamlessAxis>::table() {
  static constexpr std::array<std::pair<std::string_view, SeamlessAxis>, 3> kTable{
      {{"both", SeamlessAxis::both}, {"x", SeamlessAxis::x}, {"y", SeamlessAxis::y}}};
  return kTable;
}

void SeamlessModel::describe(Describe<SeamlessModel>& d) {
  d.summary("Make pictures whose opposite edges fit each other, for textures.");
  d.input("model", &Inputs::model, "The denoising network.");
  describe_axis(d);
  d.output("model", &Outputs::model, "The same network; use SeamlessVAE with it.");
}

SeamlessModel::Outputs SeamlessModel::run(const Inputs& in, const Params& p, RunContext&) {
  return {std::make_shared<const SeamlessDenoiser>(in.model, wrap_of(p.axis))};
}

void SeamlessVAE::describe(Describe<SeamlessVAE>& d) {
  d.summary("Encode and decode pictures whose opposite edges fit each other.");
  d.input("vae", &Inputs::vae, "The autoencoder.");
  describe_axis(d);
  d.output("vae", &Outputs::vae, "The same autoencoder.");
}

SeamlessVAE::Outputs SeamlessVAE::run(const Inputs& in, const Params& p, RunContext&) {
  return {std::make_shared<const SeamlessAutoencoder>(in.vae, wrap_of(p.axis))};
}

}  // namespace calotype
