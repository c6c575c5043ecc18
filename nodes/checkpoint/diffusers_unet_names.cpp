#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checkpoint/diffusers_names.h"
#include "checkpoint/dotted_name.h"

namespace calotype {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// Outside of the blocks.
constexpr std::array<Pair, 10> kEnds = {{{"conv_in", "input_blocks.0.0"},
                                         {"time_embedding.linear_1", "time_embed.0"},
                                         {"time_embedding.linear_2", "time_embed.2"},
                                         {"class_embedding.linear_1", "label_emb.0.0"},
                                         {"class_embedding.linear_2", "label_emb.0.2"},
                                         {"class_embedding", "label_emb"},
                                         {"add_embedding.linear_1", "label_emb.0.0"},
                                         {"add_embedding.linear_2", "label_emb.0.2"},
                                         {"conv_norm_out", "out.0"},
                                         {"conv_out", "out.2"}}};

constexpr std::array<Pair, 6> kResnet = {{{"norm1", "in_layers.0"},
                                          {"conv1", "in_layers.2"},
                                          {"time_emb_proj", "emb_layers.1"},
                                          {"norm2", "out_layers.0"},
                                          {"conv2", "out_layers.3"},
                                          {"conv_shortcut", "skip_connection"}}};

/// `.conv1.weight` of a residual block as `.in_layers.2.weight`.
std::string unet_resnet_tail(const DottedName& name, std::size_t i) {
  for (const auto& [theirs, ours] : kResnet) {
    if (name.word(i) == theirs) return fmt::format(".{}{}", ours, name.tail(i + 1));
  }
  return name.tail(i);
}

}  // namespace

DiffusersUNetNames::DiffusersUNetNames(const std::vector<std::string>& names) {
  for (const std::string& text : names) {
    const DottedName name(text);
    const bool down = name.starts_with("down_blocks.*");
    if (!down && !name.starts_with("up_blocks.*")) continue;
    Level& level = (down ? down_ : up_)[name.number(1)];
    const std::string_view kind = name.word(2);
    if (kind == "resnets") level.resnets = std::max(level.resnets, name.number(3) + 1);
    if (kind == "attentions") level.attention = true;
    if (kind == "downsamplers" || kind == "upsamplers") level.resampler = true;
  }
  int block = 1;  // block 0 is the first convolution
  for (auto& [index, level] : down_) {
    level.first_block = block;
    block += level.resnets + (level.resampler ? 1 : 0);
  }
  block = 0;
  for (auto& [index, level] : up_) {
    level.first_block = block;
    block += level.resnets;
  }
}

std::string DiffusersUNetNames::rename(std::string_view text) const {
  for (const auto& [theirs, ours] : kEnds) {
    if (text.starts_with(theirs) && text.substr(theirs.size()).starts_with('.')) {
      return fmt::format("{}{}", ours, text.substr(theirs.size()));
    }
  }
  const DottedName name(text);
  if (name.starts_with("mid_block.resnets.*")) {
    return fmt::format("middle_block.{}{}", 2 * name.number(2), unet_resnet_tail(name, 3));
  }
  if (name.starts_with("mid_block.attentions.*")) {
    return fmt::format("middle_block.{}{}", 2 * name.number(2) + 1, name.tail(3));
  }
  const bool down = name.starts_with("down_blocks.*");
  if (!down && !name.starts_with("up_blocks.*")) return std::string(text);
  const Level& level = (down ? down_ : up_).at(name.number(1));
  const std::string_view side = down ? "input_blocks" : "output_blocks";
  const std::string_view kind = name.word(2);
  const int block = level.first_block + name.number(3);
  if (name.number(3) < 0) return std::string(text);
  if (kind == "resnets") return fmt::format("{}.{}.0{}", side, block, unet_resnet_tail(name, 4));
  if (kind == "attentions") return fmt::format("{}.{}.1{}", side, block, name.tail(4));
  if (down && name.starts_with("down_blocks.*.downsamplers.0.conv")) {
    return fmt::format("{}.{}.0.op{}", side, level.first_block + level.resnets, name.tail(5));
  }
  if (!down && name.starts_with("up_blocks.*.upsamplers.0")) {
    return fmt::format("{}.{}.{}{}", side, level.first_block + level.resnets - 1,
                       level.attention ? 2 : 1, name.tail(4));
  }
  return std::string(text);
}

}  // namespace calotype
