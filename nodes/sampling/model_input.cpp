#include "sampling/model_input.h"

#include <fmt/format.h>

#include <string>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "sampling/extra_vector.h"

namespace calotype {

namespace {

at::Tensor context_of(const Conditioning& c, Side side, std::int64_t batch) {
  const at::Tensor& context = c.context;
  if (context.dim() != 3 || (context.size(0) != 1 && context.size(0) != batch)) {
    throw Error(ErrorCode::run,
                fmt::format("the {} conditioning must have the shape [1, T, C] or [{}, T, C], got ",
                            name_of(side), batch) +
                    c10::str(context.sizes()));
  }
  return context.expand({batch, -1, -1});
}

/// Which node makes the extra channels of a model with so many.
std::string channels_hint(std::int64_t extra) {
  switch (extra) {
    case 0:
      return "take out the node that adds them, or load a model that was made for it";
    case 1:
      return "put a DepthCondition between TextEncode and Sample";
    case 3:
      return "put a LowResCondition between TextEncode and Sample";
    case 4:
      return "put an EditCondition between TextEncode and Sample";
    case 5:
      return "put an InpaintCondition between TextEncode and Sample";
    default:
      return "";
  }
}

at::Tensor channels_of(const Denoiser& model, const Conditioning& c, Side side,
                       const LatentSize& size) {
  const std::int64_t wanted = model.input_channels() - model.latent_channels();
  const at::Tensor& channels = c.channels;
  const std::int64_t found = channels.defined() && channels.dim() == 4 ? channels.size(1) : 0;
  if (found != wanted) {
    throw Error(ErrorCode::run,
                fmt::format("the model is {} and takes {} extra channels, the {} conditioning has "
                            "{}",
                            model.family(), wanted, name_of(side), found),
                channels_hint(wanted));
  }
  if (wanted == 0) return {};
  const bool fits = (channels.size(0) == 1 || channels.size(0) == size.batch) &&
                    channels.size(2) == size.height && channels.size(3) == size.width;
  if (!fits) {
    throw Error(ErrorCode::run,
                fmt::format("the extra channels of the {} conditioning must have the size of the "
                            "latent, [{}, {}, {}, {}], got ",
                            name_of(side), size.batch, wanted, size.height, size.width) +
                    c10::str(channels.sizes()),
                "give the noise the size of the picture that the conditioning was made from");
  }
  return channels.to(model.placement().device, at::kFloat).expand({size.batch, -1, -1, -1});
}

at::Tensor noise_levels_of(const Denoiser& model, const Conditioning& c, Side side,
                           std::int64_t batch) {
  if (model.vector_kind() != VectorKind::noise_level) return {};
  if (!c.noise_level) {
    throw Error(ErrorCode::run,
                fmt::format("the model is {} and takes a noise level, the {} conditioning has none",
                            model.family(), name_of(side)),
                "put a LowResCondition between TextEncode and Sample");
  }
  return at::full({batch}, *c.noise_level, at::kLong);
}

at::Tensor cat_defined(const at::Tensor& first, const at::Tensor& second) {
  return first.defined() ? at::cat({first, second.to(first.options())}) : at::Tensor();
}

}  // namespace

const char* name_of(Side side) { return side == Side::positive ? "positive" : "negative"; }

ModelInput model_input(const Denoiser& model, const Conditioning& conditioning, Side side,
                       const LatentSize& size) {
  ModelInput input;
  input.conditions.context = context_of(conditioning, side, size.batch);
  input.conditions.vector = extra_vector(model, conditioning, side, size);
  input.conditions.noise_levels = noise_levels_of(model, conditioning, side, size.batch);
  input.channels = channels_of(model, conditioning, side, size);
  return input;
}

Conditioning complete_negative(const Conditioning& negative, const Conditioning& positive) {
  Conditioning out = negative;
  if (!out.channels.defined()) out.channels = positive.channels;
  if (!out.sizes) out.sizes = positive.sizes;
  if (!out.noise_level) out.noise_level = positive.noise_level;
  return out;
}

ModelInput join(const ModelInput& first, const ModelInput& second) {
  ModelInput both;
  both.conditions.context = cat_defined(first.conditions.context, second.conditions.context);
  both.conditions.vector = cat_defined(first.conditions.vector, second.conditions.vector);
  both.conditions.noise_levels =
      cat_defined(first.conditions.noise_levels, second.conditions.noise_levels);
  both.channels = cat_defined(first.channels, second.channels);
  return both;
}

}  // namespace calotype
