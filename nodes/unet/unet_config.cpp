#include "unet/unet_config.h"

#include <fmt/format.h>

#include <string>

#include "calotype/error.h"
#include "layers/norm.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxChannels = 8192;
constexpr std::int64_t kMaxBlocks = 128;

class Detector {
 public:
  explicit Detector(const Weights& weights) : weights_(weights) {}

  UNetConfig detect() {
    const auto& first = shape("input_blocks.0.0.weight", 4);
    config_.model_channels = first[0];
    config_.in_channels = first[1];
    config_.out_channels = shape("out.2.weight", 4)[0];
    check_channels(config_.model_channels);
    find_levels();
    find_transformers();
    return config_;
  }

 private:
  [[noreturn]] void fail(const std::string& what, std::string hint = {}) const {
    throw Error(ErrorCode::io,
                {{.file = weights_.origin(), .what = "UNet: " + what, .hint = hint}});
  }

  bool has(const std::string& name) const { return weights_.shape(name) != nullptr; }

  const std::vector<std::int64_t>& shape(const std::string& name, std::size_t rank) const {
    const auto* found = weights_.shape(name);
    if (!found) {
      fail(fmt::format("there is no tensor {}", quote(name)),
           "the file is not of a denoising network of the Stable Diffusion 1.x design");
    }
    if (found->size() != rank) {
      fail(fmt::format("tensor {} has {} dimensions, not {}", quote(name), found->size(), rank));
    }
    return *found;
  }

  void check_channels(std::int64_t channels) const {
    if (channels < 1 || channels > kMaxChannels) {
      fail(fmt::format("channels {} are out of range 1..{}", channels, kMaxChannels));
    }
    if (channels % kNormGroups != 0) {
      fail(fmt::format("channels {} are not a multiple of {}", channels, kNormGroups));
    }
  }

  void find_levels() {
    std::int64_t blocks = 0;
    for (std::int64_t n = 1; n <= kMaxBlocks; ++n) {
      const std::string block = fmt::format("input_blocks.{}.", n);
      if (has(block + "0.op.weight")) {
        end_level(blocks);
        blocks = 0;
      } else if (has(block + "0.in_layers.2.weight")) {
        add_block(block, blocks++);
      } else {
        break;
      }
    }
    end_level(blocks);
  }

  void add_block(const std::string& block, std::int64_t index) {
    const UNetLevel found{.channels = shape(block + "0.out_layers.3.weight", 4)[0],
                          .transformers = has(block + "1.proj_in.weight")};
    if (index == 0) {
      check_channels(found.channels);
      config_.levels.push_back(found);
      return;
    }
    const UNetLevel& level = config_.levels.back();
    if (level.channels != found.channels) {
      fail(fmt::format("level {} has blocks of {} and of {} channels", config_.levels.size() - 1,
                       level.channels, found.channels));
    }
    if (level.transformers != found.transformers) {
      fail(fmt::format("level {} has a transformer after some of its residual blocks only",
                       config_.levels.size() - 1));
    }
  }

  void end_level(std::int64_t blocks) {
    if (blocks == 0) fail(fmt::format("level {} has no residual block", config_.levels.size()));
    if (config_.levels.size() == 1) config_.res_blocks = blocks;
    if (blocks != config_.res_blocks) {
      fail(fmt::format("level 0 has {} residual blocks, level {} has {}", config_.res_blocks,
                       config_.levels.size() - 1, blocks));
    }
  }

  std::int64_t depth(const std::string& transformer) const {
    std::int64_t n = 0;
    while (n < kMaxBlocks &&
           has(fmt::format("{}.transformer_blocks.{}.attn1.to_q.weight", transformer, n))) {
      ++n;
    }
    return n;
  }

  void find_transformers() {
    const std::string middle = "middle_block.1";
    const auto* projection = weights_.shape(middle + ".proj_in.weight");
    if (!projection) {
      fail("the middle block has no transformer",
           "only networks of the Stable Diffusion 1.x design are supported");
    }
    config_.transformer_depth = depth(middle);
    config_.context_width = shape(middle + ".transformer_blocks.0.attn2.to_k.weight", 2)[1];
    if (config_.context_width < 1 || config_.context_width > kMaxChannels) {
      fail(fmt::format("context width {} is out of range 1..{}", config_.context_width,
                       kMaxChannels));
    }
    if (projection->size() == 2 && config_.context_width == 1024) {
      fail("text context of width 1024 with linear projections is the Stable Diffusion 2.x design",
           "use a Stable Diffusion 1.x model");
    }
    for (std::size_t i = 0; i < config_.levels.size(); ++i) {
      if (!config_.levels[i].transformers) continue;
      if (config_.levels[i].channels % config_.heads != 0) {
        fail(fmt::format("channels {} do not divide into {} heads", config_.levels[i].channels,
                         config_.heads));
      }
      const std::int64_t block = static_cast<std::int64_t>(i) * (config_.res_blocks + 1) + 1;
      const std::int64_t found = depth(fmt::format("input_blocks.{}.1", block));
      if (found != config_.transformer_depth) {
        fail(fmt::format("level {} has transformers of depth {}, the middle block of depth {}", i,
                         found, config_.transformer_depth));
      }
    }
  }

  const Weights& weights_;
  UNetConfig config_;
};

}  // namespace

UNetConfig UNetConfig::detect(const Weights& weights) { return Detector(weights).detect(); }

}  // namespace calotype
