#pragma once
/// A denoiser with a formula in place of a network: smooth, not linear, and depending on all that a
/// network depends on, so that samplers can be compared with other implementations of them.
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "calotype/types/aten.h"
#include "calotype/types/models.h"

namespace calotype::test {

/// The training schedule of SD 1.x: betas are squares of equal distances.
inline at::Tensor sd1_alphas_cumprod() {
  const at::Tensor roots = at::linspace(std::sqrt(0.00085), std::sqrt(0.012), 1000, at::kDouble);
  return at::cumprod(1 - roots * roots, 0);
}

struct ToyOptions {
  Prediction prediction = Prediction::epsilon;
  std::int64_t channels = 4;
  /// Joined to the latent; they add their mean to the answer.
  std::int64_t extra_channels = 0;
  /// Evaluation (counted from 1) that returns NaN; 0 = none.
  int broken_at = 0;
  /// Called before each evaluation.
  std::function<void()> on_predict;
};

/// What the tests want to know of the calls.
struct ToyCalls {
  std::mutex mutex;
  std::vector<std::vector<std::int64_t>> contexts;
  std::vector<std::int64_t> batches;
  std::vector<double> timesteps;
};

class ToyDenoiser final : public Denoiser {
 public:
  explicit ToyDenoiser(ToyOptions options = {})
      : options_(std::move(options)), calls_(std::make_shared<ToyCalls>()) {}

  std::string family() const override { return "toy"; }
  Prediction prediction() const override { return options_.prediction; }
  Placement placement() const override { return {}; }
  std::int64_t latent_channels() const override { return options_.channels; }
  std::int64_t input_channels() const override {
    return options_.channels + options_.extra_channels;
  }
  std::int64_t context_width() const override { return 8; }
  VectorKind vector_kind() const override { return VectorKind::none; }
  std::int64_t vector_width() const override { return 0; }
  at::Tensor alphas_cumprod() const override { return sd1_alphas_cumprod(); }
  MemoryUse memory() const override { return {}; }
  std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const override {
    const at::Tensor& context = input.context;
    const std::lock_guard lock(calls_->mutex);
    calls_->contexts.push_back(context.sizes().vec());
    return std::make_unique<Run>(options_, calls_, context.mean({1, 2}).reshape({-1, 1, 1, 1}));
  }
  const ToyCalls& calls() const { return *calls_; }

 private:
  class Run final : public DenoiserRun {
   public:
    Run(const ToyOptions& options, std::shared_ptr<ToyCalls> calls, at::Tensor text)
        : options_(options), calls_(std::move(calls)), text_(std::move(text)) {}
    at::Tensor predict(const at::Tensor& input, const at::Tensor& timesteps) override {
      const at::Tensor x = input.narrow(1, 0, options_.channels);
      at::Tensor text = text_;
      if (options_.extra_channels > 0) {
        text = text + input.narrow(1, options_.channels, options_.extra_channels).mean({1}, true);
      }
      if (options_.on_predict) options_.on_predict();
      const std::lock_guard lock(calls_->mutex);
      calls_->batches.push_back(x.size(0));
      calls_->timesteps.push_back(timesteps[0].item<double>());
      if (static_cast<int>(calls_->batches.size()) == options_.broken_at) {
        return at::full_like(x, std::numeric_limits<double>::quiet_NaN());
      }
      const at::Tensor time = (timesteps / 1000).reshape({-1, 1, 1, 1});
      const at::Tensor mixed = 0.8 * x + 0.3 * x.mean({1}, true) + 0.5 * time + text;
      return at::tanh(mixed) + 0.2 * x;
    }

   private:
    ToyOptions options_;
    std::shared_ptr<ToyCalls> calls_;
    at::Tensor text_;
  };

  ToyOptions options_;
  std::shared_ptr<ToyCalls> calls_;
};

/// A context of `tokens` equal numbers.
inline at::Tensor toy_context(double value, std::int64_t tokens = 77) {
  return at::full({1, tokens, 8}, value);
}

}  // namespace calotype::test
