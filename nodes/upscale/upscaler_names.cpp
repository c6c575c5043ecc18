#include "upscale/upscaler_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "checkpoint/named_weights.h"

namespace calotype {

namespace {

using Words = std::vector<std::string_view>;

Words split(std::string_view name) {
  Words words;
  while (true) {
    const std::size_t dot = name.find('.');
    words.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return words;
    name.remove_prefix(dot + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = code == std::errc() && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

/// `RDB2` to `rdb2`.
std::string dense_block(std::string_view name) { return "rdb" + std::string(name.substr(3)); }

/// The names of the first ESRGAN number the layers through, activations included: 0 is the first
/// convolution, 1 the trunk, the last two the final ones, and those between enlarge.
class OldNames {
 public:
  explicit OldNames(const std::vector<std::string_view>& names) {
    std::vector<int> layers;
    for (const std::string_view name : names) {
      const Words words = split(name);
      if (words.size() != 3 || words[0] != "model" || words[2] != "weight") continue;
      if (const auto n = number(words[1]); n && *n > 1) layers.push_back(*n);
    }
    std::sort(layers.begin(), layers.end());
    layers_[0] = "conv_first";
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::size_t left = layers.size() - i;
      layers_[layers[i]] = left == 1   ? "conv_last"
                           : left == 2 ? "conv_hr"
                                       : fmt::format("conv_up{}", i + 1);
    }
  }

  std::string rename(std::string_view name) const {
    const Words w = split(name);
    const auto n = w.size() > 2 && w[0] == "model" ? number(w[1]) : std::nullopt;
    if (n && w.size() == 3 && layers_.contains(*n)) {
      return fmt::format("{}.{}", layers_.at(*n), w[2]);
    }
    if (!n || *n != 1 || w.size() < 5 || w[2] != "sub") return std::string(name);
    if (w.size() == 5) return fmt::format("conv_body.{}", w[4]);
    if (w.size() == 8 && w[4].starts_with("RDB") && w[6] == "0") {
      return fmt::format("body.{}.{}.{}.{}", w[3], dense_block(w[4]), w[5], w[7]);
    }
    return std::string(name);
  }

 private:
  std::map<int, std::string> layers_;
};

std::string rename_bsrgan(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kLayers{
      {{"trunk_conv", "conv_body"},
       {"upconv1", "conv_up1"},
       {"upconv2", "conv_up2"},
       {"upconv3", "conv_up3"},
       {"HRconv", "conv_hr"}}};
  const Words w = split(name);
  if (w.size() == 5 && w[0] == "RRDB_trunk" && w[2].starts_with("RDB")) {
    return fmt::format("body.{}.{}.{}.{}", w[1], dense_block(w[2]), w[3], w[4]);
  }
  for (const auto& [theirs, ours] : kLayers) {
    if (w[0] == theirs) return std::string(ours) + std::string(name.substr(theirs.size()));
  }
  return std::string(name);
}

bool any_starts_with(const TensorArchive& archive, std::string_view prefix) {
  return std::any_of(archive.tensors.begin(), archive.tensors.end(),
                     [&](const ArchiveTensor& t) { return t.name.starts_with(prefix); });
}

/// What all weights of the file begin with, and are known without.
std::string outer_prefix(const TensorArchive& archive) {
  std::string prefix;
  for (const std::string_view outer : {"params_ema.", "params.", "state_dict."}) {
    if (prefix.empty() && any_starts_with(archive, outer)) prefix = outer;
  }
  if (any_starts_with(archive, prefix + "module.")) prefix += "module.";
  return prefix;
}

[[noreturn]] void refuse(const std::string& origin, const std::vector<std::string_view>& names) {
  struct Kind {
    std::string_view part;  ///< of a name
    std::string_view kind;
    std::string_view hint;
  };
  static constexpr std::string_view kFamily = "RRDBNet and SRVGGNetCompact are read";
  static constexpr std::array<Kind, 6> kKinds{
      {{"model.diffusion_model.", "a Stable Diffusion checkpoint",
        "load the x4 upscaler by diffusion with LoadCheckpoint"},
       {".residual_group.", "SwinIR or HAT", kFamily},
       {".attns.", "DAT", kFamily},
       {"m_head.", "ScuNET", kFamily},
       {"lora_", "a LoRA", kFamily},
       {".conv1.weight", "another network of residual blocks", kFamily}}};
  std::string found = names.empty() ? "no tensors" : "tensors such as " + quote(names.front());
  std::string_view hint = kFamily;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return name.find(k.part) != std::string_view::npos;
    });
  });
  if (kind != kKinds.end()) {
    found = kind->kind;
    hint = kind->hint;
  }
  throw Error(ErrorCode::io, origin + ": expected an upscaler of the ESRGAN family, found " + found,
              std::string(hint));
}

}  // namespace

UpscalerWeights name_upscaler(const TensorArchive& archive, const std::string& origin) {
  const std::string prefix = outer_prefix(archive);
  std::vector<std::string_view> names;
  for (const ArchiveTensor& t : archive.tensors) {
    if (t.name.starts_with(prefix)) names.push_back(std::string_view(t.name).substr(prefix.size()));
  }
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto make = [&](UpscalerKind kind, const std::function<std::string(std::string_view)>& to) {
    return UpscalerWeights{kind, name_weights(origin, archive, [&](std::string_view name) {
                             if (!name.starts_with(prefix)) return std::string();
                             return to(name.substr(prefix.size()));
                           })};
  };
  const auto as_it_is = [](std::string_view name) { return std::string(name); };
  if (has("body.0.rdb1.conv1.weight")) return make(UpscalerKind::rrdb, as_it_is);
  if (has("RRDB_trunk.0.RDB1.conv1.weight")) return make(UpscalerKind::rrdb, rename_bsrgan);
  if (has("model.1.sub.0.RDB1.conv1.0.weight")) {
    const OldNames old(names);
    return make(UpscalerKind::rrdb, [&](std::string_view name) { return old.rename(name); });
  }
  if (has("body.0.weight") && has("body.1.weight") && has("body.2.weight")) {
    return make(UpscalerKind::compact, as_it_is);
  }
  refuse(origin, names);
}

}  // namespace calotype
