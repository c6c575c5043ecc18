#include "depth/depth_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "calotype/error.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxSize = 65'536;
constexpr std::int64_t kMaxBlocks = 64;
constexpr std::int64_t kHeadWidth = 64;

class Shapes {
 public:
  explicit Shapes(const Weights& weights) : weights_(weights) {}

  bool has(const std::string& name) const { return weights_.shape(name) != nullptr; }

  /// Size `i` of a tensor of `rank` dimensions.
  std::int64_t at(const std::string& name, std::size_t rank, std::size_t i) const {
    const auto* shape = weights_.shape(name);
    if (!shape) {
      fail(fmt::format("there is no tensor {}", quote(name)),
           "the file is of another kind of model");
    }
    if (shape->size() != rank) {
      fail(fmt::format("tensor {} has {} dimensions, not {}", quote(name), shape->size(), rank));
    }
    if ((*shape)[i] < 1 || (*shape)[i] > kMaxSize) {
      fail(fmt::format("tensor {}: size {} is out of range 1..{}", quote(name), (*shape)[i],
                       kMaxSize));
    }
    return (*shape)[i];
  }

  /// How many of `pattern`, with {} for the number from 0, there are.
  std::int64_t count(std::string_view pattern) const {
    std::int64_t n = 0;
    while (n < kMaxBlocks && has(fmt::format(fmt::runtime(pattern), n))) ++n;
    return n;
  }

  [[noreturn]] void fail(const std::string& what, std::string hint = {}) const {
    throw Error(
        ErrorCode::io,
        {{.file = weights_.origin(), .what = "depth model: " + what, .hint = std::move(hint)}});
  }

 private:
  const Weights& weights_;
};

/// The published ViT-L and ViT-g are tapped a little lower than evenly; see dpt.py of Depth
/// Anything V2.
std::vector<std::int64_t> published_taps(DepthDesign design, std::int64_t layers) {
  if (design == DepthDesign::dpt_hybrid) return {3 * layers / 4 - 1, layers - 1};
  if (layers == 24) return {4, 11, 17, 23};
  return {layers / 4 - 1, layers / 2 - 1, 3 * layers / 4 - 1, layers - 1};
}

void read_transformer(const Shapes& shapes, const DepthHints& hints, DepthConfig& c) {
  c.width = shapes.at("blocks.0.norm1.weight", 1, 0);
  c.layers = shapes.count("blocks.{}.norm1.weight");
  c.mlp = shapes.at("blocks.0.mlp.fc1.weight", 2, 0);
  c.heads = hints.heads > 0 ? hints.heads : std::max<std::int64_t>(1, c.width / kHeadWidth);
  if (c.width % c.heads != 0) {
    shapes.fail(fmt::format("a width of {} cannot be shared by {} heads", c.width, c.heads));
  }
  const std::int64_t positions = shapes.at("pos_embed", 3, 1) - 1;
  c.position_side = std::llround(std::sqrt(static_cast<double>(positions)));
  if (positions < 1 || c.position_side * c.position_side != positions) {
    shapes.fail(fmt::format("{} learned positions are no square", positions));
  }
  c.layer_norm_epsilon = hints.layer_norm_epsilon;
  c.position_offset = hints.position_offset;
  const std::size_t maps = c.design == DepthDesign::dpt_hybrid ? 2 : DepthConfig::kMaps;
  c.taps = hints.taps.empty() ? published_taps(c.design, c.layers) : hints.taps;
  const bool rising =
      std::adjacent_find(c.taps.begin(), c.taps.end(), std::greater_equal<>()) == c.taps.end();
  if (c.taps.size() != maps || c.taps.front() < 0 || c.taps.back() >= c.layers || !rising) {
    shapes.fail(
        fmt::format("of {} layers the outputs of {} rising ones must be used", c.layers, maps));
  }
}

void read_stem(const Shapes& shapes, const DepthHints& hints, DepthConfig& c) {
  const std::string stem = "patch_embed.backbone.";
  c.stem_width = shapes.at(stem + "stem.conv.weight", 4, 0);
  c.norm_groups = hints.norm_groups;
  for (std::size_t i = 0; i < DepthConfig::kStages; ++i) {
    const std::string stage = fmt::format("{}stages.{}.blocks.", stem, i);
    c.stages[i] = {.blocks = shapes.count(stage + "{}.conv1.weight"),
                   .inner = shapes.at(stage + "0.conv1.weight", 4, 0),
                   .out = shapes.at(stage + "0.conv3.weight", 4, 0)};
    for (const std::int64_t channels : {c.stem_width, c.stages[i].inner, c.stages[i].out}) {
      if (c.norm_groups < 1 || channels % c.norm_groups != 0) {
        shapes.fail(
            fmt::format("{} channels cannot be normalised in {} groups", channels, c.norm_groups));
      }
    }
  }
}

}  // namespace

std::string design_name(DepthDesign design) {
  return design == DepthDesign::dpt_hybrid ? "DPT-Hybrid" : "Depth Anything";
}

DepthConfig DepthConfig::detect(const Weights& weights, const DepthHints& hints) {
  const Shapes shapes(weights);
  DepthConfig c;
  const bool hybrid = shapes.has("patch_embed.backbone.stem.conv.weight");
  c.design = hybrid ? DepthDesign::dpt_hybrid : DepthDesign::depth_anything;
  read_transformer(shapes, hints, c);
  if (hybrid) {
    read_stem(shapes, hints, c);
  } else {
    c.patch = shapes.at("patch_embed.proj.weight", 4, 2);
  }
  for (std::size_t i = 0; i < kMaps; ++i) {
    c.map_channels[i] = shapes.at(fmt::format("layer{}_rn.weight", i + 1), 4, 1);
  }
  c.features = shapes.at("layer1_rn.weight", 4, 0);
  c.head_features = shapes.at("head.2.weight", 4, 0);
  return c;
}

}  // namespace calotype
