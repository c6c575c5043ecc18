#pragma once
#include <string>
#include <vector>

#include "support/archives.h"

namespace calotype::test {

/// The tensors by which the sizes of a UNet with one level are found, in diffusers' names, for
/// tests that read no data: SD 1.x with one residual block and text of width 16.
inline std::vector<NamedShape> diffusers_unet_outline(std::int64_t channels = 4) {
  std::vector<NamedShape> tensors = {{"conv_in.weight", {32, channels, 3, 3}},
                                     {"conv_out.weight", {4, 32, 3, 3}},
                                     {"down_blocks.0.resnets.0.conv1.weight", {32, 32, 3, 3}},
                                     {"down_blocks.0.resnets.0.conv2.weight", {32, 32, 3, 3}},
                                     {"up_blocks.0.resnets.0.conv1.weight", {32, 64, 3, 3}},
                                     {"up_blocks.0.resnets.1.conv1.weight", {32, 64, 3, 3}}};
  for (const std::string place : {"down_blocks.0", "mid_block"}) {
    const std::string block = place + ".attentions.0.transformer_blocks.0.";
    tensors.push_back({place + ".attentions.0.proj_in.weight", {32, 32, 1, 1}});
    tensors.push_back({block + "attn1.to_q.weight", {32, 32}});
    tensors.push_back({block + "attn1.to_k.weight", {32, 32}});
    tensors.push_back({block + "attn2.to_k.weight", {32, 16}});
  }
  return tensors;
}

/// The same in the original names, with `prefix` before each.
inline std::vector<NamedShape> unet_outline(const std::string& prefix = "",
                                            std::int64_t channels = 4) {
  std::vector<NamedShape> tensors = {{"input_blocks.0.0.weight", {32, channels, 3, 3}},
                                     {"out.2.weight", {4, 32, 3, 3}},
                                     {"input_blocks.1.0.in_layers.2.weight", {32, 32, 3, 3}},
                                     {"input_blocks.1.0.out_layers.3.weight", {32, 32, 3, 3}}};
  for (const std::string place : {"input_blocks.1.1", "middle_block.1"}) {
    const std::string block = place + ".transformer_blocks.0.";
    tensors.push_back({place + ".proj_in.weight", {32, 32, 1, 1}});
    tensors.push_back({block + "attn1.to_q.weight", {32, 32}});
    tensors.push_back({block + "attn1.to_k.weight", {32, 32}});
    tensors.push_back({block + "attn2.to_k.weight", {32, 16}});
  }
  for (NamedShape& tensor : tensors) tensor.first.insert(0, prefix);
  return tensors;
}

}  // namespace calotype::test
