#include "depth/depth_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "calotype/error.h"
#include "checkpoint/dotted_name.h"

namespace calotype {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kCheckpointPrefix = "depth_model.model.";

/// Begins of names, the first that fits counts; an empty result means that the tensor is not used.
/// "*" stands for a number, which is put where the result has "*".
constexpr Pair kMidas[] = {{"pretrained.model.head", ""},
                           {"pretrained.model.norm", ""},
                           {"pretrained.model", "."},
                           {"pretrained.act_postprocess3.0.project.0", "reassemble.2.readout"},
                           {"pretrained.act_postprocess3.3", "reassemble.2.project"},
                           {"pretrained.act_postprocess4.0.project.0", "reassemble.3.readout"},
                           {"pretrained.act_postprocess4.3", "reassemble.3.project"},
                           {"pretrained.act_postprocess4.4", "reassemble.3.resize"},
                           {"scratch.refinenet4.resConfUnit1", ""},
                           {"scratch.output_conv", "head"},
                           {"scratch", "."}};

constexpr Pair kDepthAnything[] = {{"pretrained.mask_token", ""},
                                   {"pretrained", "."},
                                   {"depth_head.projects.*", "reassemble.*.project"},
                                   {"depth_head.resize_layers.*", "reassemble.*.resize"},
                                   {"depth_head.scratch.refinenet4.resConfUnit1", ""},
                                   {"depth_head.scratch.output_conv1", "head.0"},
                                   {"depth_head.scratch.output_conv2.0", "head.2"},
                                   {"depth_head.scratch.output_conv2.2", "head.4"},
                                   {"depth_head.scratch", "."}};

constexpr Pair kTransformersDpt[] = {
    {"dpt.embeddings.cls_token", "cls_token"},
    {"dpt.embeddings.position_embeddings", "pos_embed"},
    {"dpt.embeddings.projection", "patch_embed.proj"},
    {"dpt.embeddings.backbone.bit.embedder.convolution", "patch_embed.backbone.stem.conv"},
    {"dpt.embeddings.backbone.bit.embedder.norm", "patch_embed.backbone.stem.norm"},
    {"dpt.embeddings.backbone.bit.encoder.stages.*.layers.*",
     "patch_embed.backbone.stages.*.blocks.*"},
    {"dpt.encoder.layer.*.attention.attention.query", "blocks.*.attn.q"},
    {"dpt.encoder.layer.*.attention.attention.key", "blocks.*.attn.k"},
    {"dpt.encoder.layer.*.attention.attention.value", "blocks.*.attn.v"},
    {"dpt.encoder.layer.*.attention.output.dense", "blocks.*.attn.proj"},
    {"dpt.encoder.layer.*.intermediate.dense", "blocks.*.mlp.fc1"},
    {"dpt.encoder.layer.*.output.dense", "blocks.*.mlp.fc2"},
    {"dpt.encoder.layer.*.layernorm_before", "blocks.*.norm1"},
    {"dpt.encoder.layer.*.layernorm_after", "blocks.*.norm2"},
    {"dpt.layernorm", ""},
    {"dpt.pooler", ""},
    {"neck.reassemble_stage.readout_projects.*.0", "reassemble.*.readout"},
    {"head.head", "head"}};

constexpr Pair kTransformersDepthAnything[] = {
    {"backbone.embeddings.cls_token", "cls_token"},
    {"backbone.embeddings.mask_token", ""},
    {"backbone.embeddings.position_embeddings", "pos_embed"},
    {"backbone.embeddings.patch_embeddings.projection", "patch_embed.proj"},
    {"backbone.encoder.layer.*.attention.attention.query", "blocks.*.attn.q"},
    {"backbone.encoder.layer.*.attention.attention.key", "blocks.*.attn.k"},
    {"backbone.encoder.layer.*.attention.attention.value", "blocks.*.attn.v"},
    {"backbone.encoder.layer.*.attention.output.dense", "blocks.*.attn.proj"},
    {"backbone.encoder.layer.*.layer_scale1.lambda1", "blocks.*.ls1.gamma"},
    {"backbone.encoder.layer.*.layer_scale2.lambda1", "blocks.*.ls2.gamma"},
    {"backbone.encoder.layer.*", "blocks.*"},
    {"backbone.layernorm", "norm"},
    {"head.conv1", "head.0"},
    {"head.conv2", "head.2"},
    {"head.conv3", "head.4"}};

/// The neck is the same in both layouts of transformers. Its fusion layers are numbered from the
/// coarsest.
constexpr Pair kTransformersNeck[] = {
    {"neck.reassemble_stage.layers.*.projection", "reassemble.*.project"},
    {"neck.reassemble_stage.layers.*.resize", "reassemble.*.resize"},
    {"neck.fusion_stage.layers.0.residual_layer1", ""}};

constexpr Pair kTransformersFusion[] = {{"projection", "out_conv"},
                                        {"residual_layer1.convolution1", "resConfUnit1.conv1"},
                                        {"residual_layer1.convolution2", "resConfUnit1.conv2"},
                                        {"residual_layer2.convolution1", "resConfUnit2.conv1"},
                                        {"residual_layer2.convolution2", "resConfUnit2.conv2"}};

std::size_t words_in(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
}

/// `text` through the table; unchanged when no row fits.
std::string through(std::span<const Pair> table, std::string_view text) {
  const DottedName name(text);
  for (const auto& [theirs, ours] : table) {
    if (!name.starts_with(theirs)) continue;
    if (ours.empty()) return {};
    std::string tail = name.tail(words_in(theirs));
    if (ours == ".") return tail.empty() ? tail : tail.substr(1);
    std::string out;
    const DottedName pattern(theirs);
    std::size_t word = 0;
    for (const char c : ours) {
      if (c != '*') {
        out += c;
        continue;
      }
      while (pattern.word(word) != "*") ++word;
      out += name.word(word++);
    }
    return out + tail;
  }
  return std::string(text);
}

std::string neck_name(std::string_view text) {
  const DottedName name(text);
  if (name.starts_with("neck.convs.*")) {
    return fmt::format("layer{}_rn{}", name.number(2) + 1, name.tail(3));
  }
  std::string renamed = through(kTransformersNeck, text);
  if (!renamed.empty() && name.starts_with("neck.fusion_stage.layers.*")) {
    const std::string inner = through(kTransformersFusion, name.tail(4).erase(0, 1));
    return fmt::format("refinenet{}.{}", 4 - name.number(3), inner);
  }
  return renamed;
}

std::string transformers_name(std::span<const Pair> table, std::string_view text) {
  return text.starts_with("neck.") && !text.starts_with("neck.reassemble_stage.readout_projects.")
             ? neck_name(text)
             : through(table, text);
}

}  // namespace

DepthLayout recognise_depth_layout(const std::vector<std::string>& names,
                                   const std::string& origin) {
  static constexpr std::pair<std::string_view, DepthLayout> kTypical[] = {
      {"depth_model.model.pretrained.model.cls_token", DepthLayout::depth_checkpoint},
      {"pretrained.model.patch_embed.backbone.stem.conv.weight", DepthLayout::midas},
      {"depth_head.projects.0.weight", DepthLayout::depth_anything},
      {"dpt.embeddings.cls_token", DepthLayout::transformers_dpt},
      {"backbone.embeddings.cls_token", DepthLayout::transformers_depth_anything}};
  for (const auto& [name, layout] : kTypical) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return layout;
  }
  throw Error(ErrorCode::io,
              {{.file = origin,
                .what = "there is no depth model of a known layout among the names of the file",
                .hint = "known are DPT-Hybrid and Depth Anything (small, base, large), in their "
                        "authors' files and as folders of transformers, and the depth model "
                        "inside a Stable Diffusion 2 depth checkpoint"}});
}

Rename depth_names(DepthLayout layout) {
  switch (layout) {
    case DepthLayout::midas:
      return [](std::string_view name) { return through(kMidas, name); };
    case DepthLayout::depth_checkpoint:
      return [](std::string_view name) {
        return name.starts_with(kCheckpointPrefix)
                   ? through(kMidas, name.substr(kCheckpointPrefix.size()))
                   : std::string();
      };
    case DepthLayout::depth_anything:
      return [](std::string_view name) { return through(kDepthAnything, name); };
    case DepthLayout::transformers_dpt:
      return [](std::string_view name) { return transformers_name(kTransformersDpt, name); };
    case DepthLayout::transformers_depth_anything:
      break;
  }
  return [](std::string_view name) { return transformers_name(kTransformersDepthAnything, name); };
}

}  // namespace calotype
