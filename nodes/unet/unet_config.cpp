#include "unet/unet_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/error.h"
#include "layers/norm.h"
#include "unet/unet_family.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxWidth = 8192;
constexpr std::int64_t kMaxBlocks = 128;
constexpr std::int64_t kHeads = 8;
constexpr std::int64_t kHeadWidth = 64;

class Detector {
 public:
  Detector(const Weights& weights, std::optional<ModelFamily> family)
      : weights_(weights), asked_(family) {}

  UNetConfig detect() {
    const auto& first = shape("input_blocks.0.0.weight", 4);
    config_.model_channels = first[0];
    config_.in_channels = first[1];
    config_.out_channels = shape("out.2.weight", 4)[0];
    check_channels(config_.model_channels);
    check_ends();
    find_middle();
    find_label();
    find_family();
    find_levels();
    find_way_up();
    check_heads();
    check_vector();
    return config_;
  }

 private:
  [[noreturn]] void fail(const std::string& what, std::string hint = {}) const {
    throw Error(ErrorCode::io,
                {{.file = weights_.origin(), .what = "UNet: " + what, .hint = std::move(hint)}});
  }

  bool has(const std::string& name) const { return weights_.shape(name) != nullptr; }

  const std::vector<std::int64_t>& shape(const std::string& name, std::size_t rank) const {
    const auto* found = weights_.shape(name);
    if (!found) {
      fail(fmt::format("there is no tensor {}", quote(name)),
           "the file is not of a denoising network of the Stable Diffusion design");
    }
    if (found->size() != rank) {
      fail(fmt::format("tensor {} has {} dimensions, not {}", quote(name), found->size(), rank));
    }
    return *found;
  }

  void check_channels(std::int64_t channels) const {
    check_range("channels", channels, "are");
    if (channels % kNormGroups != 0) {
      fail(fmt::format("channels {} are not a multiple of {}", channels, kNormGroups));
    }
  }

  void check_ends() const {
    check_range("number of input channels", config_.in_channels);
    check_range("number of output channels", config_.out_channels);
    if (config_.in_channels < config_.out_channels) {
      fail(fmt::format("{} input channels are too few for a latent of {}", config_.in_channels,
                       config_.out_channels));
    }
  }

  void check_range(std::string_view what, std::int64_t value, std::string_view verb = "is") const {
    if (value < 1 || value > kMaxWidth) {
      fail(fmt::format("{} {} {} out of range 1..{}", what, value, verb, kMaxWidth));
    }
  }

  /// Blocks of the transformer of that name, 0 without one.
  std::int64_t depth(const std::string& transformer) const {
    std::int64_t n = 0;
    while (n < kMaxBlocks &&
           has(fmt::format("{}.transformer_blocks.{}.attn1.to_q.weight", transformer, n))) {
      ++n;
    }
    return n;
  }

  void find_middle() {
    const std::string middle = "middle_block.1";
    const auto* projection = weights_.shape(middle + ".proj_in.weight");
    config_.middle_depth = depth(middle);
    if (!projection || config_.middle_depth == 0) {
      fail("the middle block has no transformer",
           "only networks of the Stable Diffusion design are supported");
    }
    config_.linear_projections = projection->size() == 2;
    config_.context_width = shape(middle + ".transformer_blocks.0.attn2.to_k.weight", 2)[1];
    check_range("context width", config_.context_width);
  }

  void find_label() {
    if (has("label_emb.weight")) {
      config_.noise_levels = shape("label_emb.weight", 2)[0];
      check_range("number of noise levels", config_.noise_levels);
    } else if (has("label_emb.0.0.weight")) {
      config_.vector_width = shape("label_emb.0.0.weight", 2)[1];
      check_range("vector width", config_.vector_width);
    }
  }

  void find_family() {
    const auto kind = recognise_unet([&](std::string_view name) { return weights_.shape(name); });
    config_.family = asked_.value_or(kind->family);
    const bool takes_levels = config_.family == ModelFamily::x4_upscaler;
    const bool takes_vector = config_.family == ModelFamily::unclip ||
                              config_.family == ModelFamily::sdxl ||
                              config_.family == ModelFamily::sdxl_refiner;
    if (takes_levels == (config_.noise_levels > 0) && takes_vector == (config_.vector_width > 0)) {
      return;
    }
    fail(fmt::format("found {}, the family asked for is {}, whose networks take {}", to_text(*kind),
                     to_text(ModelKind{config_.family}),
                     takes_levels   ? "a noise level"
                     : takes_vector ? "an extra vector"
                                    : "nothing beside latent, text and timestep"),
         "set family to \"auto\"");
  }

  void find_levels() {
    bool begins = true;
    for (std::int64_t n = 1; n <= kMaxBlocks; ++n) {
      const std::string block = fmt::format("input_blocks.{}.", n);
      if (has(block + "0.op.weight")) {
        if (begins) break;
        begins = true;
      } else if (has(block + "0.in_layers.2.weight")) {
        add_block(block, begins);
        begins = false;
      } else {
        break;
      }
    }
    if (begins) fail(fmt::format("level {} has no residual block", config_.levels.size()));
  }

  void add_block(const std::string& block, bool begins) {
    const std::int64_t channels = shape(block + "0.out_layers.3.weight", 4)[0];
    const std::int64_t blocks = depth(block + "1");
    if (begins) {
      check_channels(channels);
      config_.levels.push_back({.channels = channels, .heads = heads(channels)});
    }
    UNetLevel& level = config_.levels.back();
    if (level.channels != channels) {
      fail(fmt::format("level {} has blocks of {} and of {} channels", config_.levels.size() - 1,
                       level.channels, channels));
    }
    level.down.push_back(blocks);
    if (blocks == 0) return;
    const std::string keys = block + "1.transformer_blocks.0.attn1.to_k.weight";
    level.self_attention = shape(keys, 2)[1] == channels;
  }

  void find_way_up() {
    std::int64_t n = 0;
    for (std::size_t i = config_.levels.size(); i-- > 0;) {
      UNetLevel& level = config_.levels[i];
      for (std::size_t k = 0; k <= level.down.size(); ++k) {
        level.up.push_back(depth(fmt::format("output_blocks.{}.1", n++)));
      }
    }
  }

  bool has_head_count() const {
    return config_.family == ModelFamily::sd1 || config_.family == ModelFamily::x4_upscaler;
  }

  /// 0 when the channels do not divide.
  std::int64_t heads(std::int64_t channels) const {
    if (has_head_count()) return channels % kHeads == 0 ? kHeads : 0;
    return channels % kHeadWidth == 0 ? channels / kHeadWidth : 0;
  }

  void check_heads() const {
    for (const UNetLevel& level : config_.levels) {
      const bool attends = &level == &config_.levels.back() || has_transformers(level);
      if (!attends || level.heads > 0) continue;
      fail(fmt::format("channels {} do not divide into {}", level.channels,
                       has_head_count() ? fmt::format("{} heads", kHeads)
                                        : fmt::format("heads of {} channels", kHeadWidth)));
    }
  }

  static bool has_transformers(const UNetLevel& level) {
    const auto attends = [](std::int64_t blocks) { return blocks > 0; };
    return std::ranges::any_of(level.down, attends) || std::ranges::any_of(level.up, attends);
  }

  void check_vector() const {
    const std::int64_t numbers = numbers_in(vector_kind(config_.family)) * kNumberWidth;
    if (config_.vector_width > 0 && config_.vector_width <= numbers) {
      fail(fmt::format("a vector of {} numbers has no room for the text beside the {} of sizes",
                       config_.vector_width, numbers));
    }
  }

  const Weights& weights_;
  std::optional<ModelFamily> asked_;
  UNetConfig config_;
};

}  // namespace

UNetConfig UNetConfig::detect(const Weights& weights, std::optional<ModelFamily> family) {
  return Detector(weights, family).detect();
}

}  // namespace calotype
