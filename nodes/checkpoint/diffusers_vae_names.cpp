#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checkpoint/diffusers_names.h"
#include "checkpoint/dotted_name.h"

namespace calotype {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// Current names, then those of diffusers before 0.18.
constexpr std::array<Pair, 9> kAttention = {{{"group_norm", "norm"},
                                             {"to_q", "q"},
                                             {"to_k", "k"},
                                             {"to_v", "v"},
                                             {"to_out", "proj_out"},
                                             {"query", "q"},
                                             {"key", "k"},
                                             {"value", "v"},
                                             {"proj_attn", "proj_out"}}};

std::string vae_resnet_tail(const DottedName& name, std::size_t i) {
  return name.word(i) == "conv_shortcut" ? ".nin_shortcut" + name.tail(i + 1) : name.tail(i);
}

std::string attention_tail(const DottedName& name, std::size_t i) {
  for (const auto& [theirs, ours] : kAttention) {
    if (name.word(i) != theirs) continue;
    const bool numbered = theirs == "to_out";  // to_out.0.weight
    return fmt::format(".{}{}", ours, name.tail(i + (numbered ? 2 : 1)));
  }
  return name.tail(i);
}

}  // namespace

DiffusersVaeNames::DiffusersVaeNames(const std::vector<std::string>& names) {
  for (const std::string& text : names) {
    const DottedName name(text);
    if (name.starts_with("decoder.up_blocks.*")) levels_ = std::max(levels_, name.number(2) + 1);
  }
}

bool DiffusersVaeNames::recognises(std::string_view text) {
  const DottedName name(text);
  return name.starts_with("encoder.down_blocks.*") || name.starts_with("decoder.up_blocks.*");
}

std::string DiffusersVaeNames::rename(std::string_view text) const {
  const DottedName name(text);
  const std::string_view half = name.word(0);
  if (half != "encoder" && half != "decoder") return std::string(text);
  const std::string_view part = name.word(1);
  if (part == "conv_norm_out") return fmt::format("{}.norm_out{}", half, name.tail(2));
  if (part == "mid_block" && name.number(3) >= 0) {
    if (name.word(2) == "resnets") {
      return fmt::format("{}.mid.block_{}{}", half, name.number(3) + 1, vae_resnet_tail(name, 4));
    }
    if (name.word(2) == "attentions") {
      return fmt::format("{}.mid.attn_{}{}", half, name.number(3) + 1, attention_tail(name, 4));
    }
  }
  const bool down = part == "down_blocks" && half == "encoder";
  if ((!down && !(part == "up_blocks" && half == "decoder")) || name.number(2) < 0) {
    return std::string(text);
  }
  // The original counts both halves from full resolution.
  const int level = down ? name.number(2) : levels_ - 1 - name.number(2);
  const std::string place = fmt::format("{}.{}.{}", half, down ? "down" : "up", level);
  if (name.word(3) == "resnets" && name.number(4) >= 0) {
    return fmt::format("{}.block.{}{}", place, name.number(4), vae_resnet_tail(name, 5));
  }
  if (name.word(3) == (down ? "downsamplers" : "upsamplers") && name.word(4) == "0") {
    return fmt::format("{}.{}{}", place, down ? "downsample" : "upsample", name.tail(5));
  }
  return std::string(text);
}

}  // namespace calotype
