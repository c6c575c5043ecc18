#include "depth/depth_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "calotype/error.h"
#include "checkpoint/diffusers_config.h"

namespace calotype {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxSide = 4096;

/// One JSON object of a file; absent and null settings are the same.
class Settings {
 public:
  Settings(const Json& object, std::string file)
      : object_(object.is_object() ? object : Json::object()), file_(std::move(file)) {}

  const Json* find(const char* key) const {
    const auto it = object_.find(key);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }

  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    const Json* found = find(key);
    throw Error(ErrorCode::io,
                fmt::format("{}: {} is {}: this version computes {}", file_, quote(key),
                            found ? found->dump().substr(0, 80) : "absent", expected));
  }

  void expect(const char* key, const Json& expected) const {
    const Json* found = find(key);
    if (found && *found != expected) refuse(key, expected.dump());
  }

  std::int64_t integer(const char* key, std::int64_t fallback, std::int64_t most) const {
    const Json* found = find(key);
    if (!found) return fallback;
    if (!found->is_number_integer() || *found < 1 || *found > most) {
      refuse(key, fmt::format("numbers from 1 to {}", most));
    }
    return found->get<std::int64_t>();
  }

  double epsilon(const char* key, double fallback) const {
    const Json* found = find(key);
    if (!found) return fallback;
    if (!found->is_number() || *found < 0.0 || *found > 1.0) refuse(key, "numbers from 0 to 1");
    return found->get<double>();
  }

  std::vector<std::int64_t> integers(const char* key) const {
    std::vector<std::int64_t> values;
    for (const Json& value : *find(key)) {
      if (!value.is_number_integer()) refuse(key, "lists of whole numbers");
      values.push_back(value.get<std::int64_t>());
    }
    return values;
  }

  /// `above`: what each number must exceed.
  std::array<double, 3> channels(const char* key, std::array<double, 3> fallback, double above,
                                 const char* expected) const {
    const Json* found = find(key);
    if (!found) return fallback;
    if (!found->is_array() || found->size() != 3) refuse(key, expected);
    for (std::size_t i = 0; i < 3; ++i) {
      if (!(*found)[i].is_number() || (*found)[i] <= above) refuse(key, expected);
      fallback[i] = (*found)[i].get<double>();
    }
    return fallback;
  }

  Settings inner(const char* key) const {
    const Json* found = find(key);
    return {found ? *found : Json::object(), file_};
  }

 private:
  Json object_;
  std::string file_;
};

void check_resnet(const Settings& s) {
  s.expect("layer_type", "bottleneck");
  s.expect("embedding_dynamic_padding", true);
  s.expect("hidden_act", "relu");
  s.expect("width_factor", 1);
  s.expect("output_stride", 32);
  const Json* padding = s.find("global_padding");
  if (padding && *padding != "same" && *padding != "SAME") s.refuse("global_padding", "\"same\"");
}

DepthHints dpt_hints(const Settings& s) {
  const Json* hybrid = s.find("is_hybrid");
  if (!hybrid || *hybrid != true) s.refuse("is_hybrid", "true");
  s.expect("hidden_act", "gelu");
  s.expect("readout_type", "project");
  s.expect("patch_size", 16);
  s.expect("head_in_index", -1);
  s.expect("add_projection", false);
  s.expect("use_batch_norm_in_fusion_residual", false);
  s.expect("neck_ignore_stages", Json::array({0, 1}));
  check_resnet(s.inner("backbone_config"));
  DepthHints hints;
  hints.heads = s.integer("num_attention_heads", 12, 1024);
  hints.norm_groups = s.inner("backbone_config").integer("num_groups", 32, 1024);
  hints.layer_norm_epsilon = s.epsilon("layer_norm_eps", 1e-12);
  if (s.find("backbone_out_indices")) {
    // The first two are not read: they stand for the ResNet's maps.
    hints.taps = s.integers("backbone_out_indices");
    if (hints.taps.size() != DepthConfig::kMaps) s.refuse("backbone_out_indices", "4 layers");
    hints.taps.erase(hints.taps.begin(), hints.taps.begin() + 2);
  }
  return hints;
}

/// `stage3` is the output of the third layer.
std::vector<std::int64_t> stages(const Settings& s, const char* key) {
  std::vector<std::int64_t> values;
  for (const Json& value : *s.find(key)) {
    std::string text = value.is_string() ? value.get<std::string>() : std::string();
    constexpr std::string_view kStage = "stage";
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    if (!text.starts_with(kStage) ||
        std::from_chars(text.data() + kStage.size(), end, number).ptr != end) {
      s.refuse(key, "names of stages");
    }
    values.push_back(number);
  }
  return values;
}

DepthHints depth_anything_hints(const Settings& s) {
  const Json* type = s.find("depth_estimation_type");
  if (type && *type != "relative") {
    s.refuse("depth_estimation_type", "\"relative\", which is inverse depth and not metres");
  }
  s.expect("head_in_index", -1);
  s.expect("reassemble_factors", Json::array({4, 2, 1, 0.5}));
  const Settings backbone = s.inner("backbone_config");
  backbone.expect("model_type", "dinov2");
  backbone.expect("hidden_act", "gelu");
  backbone.expect("use_swiglu_ffn", false);
  backbone.expect("apply_layernorm", true);
  DepthHints hints;
  hints.heads = backbone.integer("num_attention_heads", 0, 1024);
  hints.layer_norm_epsilon = backbone.epsilon("layer_norm_eps", 1e-6);
  if (backbone.find("out_indices")) {
    hints.taps = backbone.integers("out_indices");
  } else if (backbone.find("out_features")) {
    hints.taps = stages(backbone, "out_features");
  }
  for (std::int64_t& tap : hints.taps) --tap;  // stage 0 is the embedding
  return hints;
}

void read_size(const Settings& s, DepthPreparation& p) {
  const Json* size = s.find("size");
  if (!size) return;
  if (size->is_object()) {
    const Settings sides = s.inner("size");
    if (!sides.find("height") || !sides.find("width")) s.refuse("size", "a height and a width");
    p.height = sides.integer("height", p.height, kMaxSide);
    p.width = sides.integer("width", p.width, kMaxSide);
  } else {
    p.height = p.width = s.integer("size", p.height, kMaxSide);
  }
}

DepthFilter read_filter(const Settings& s) {
  // The numbers are Pillow's.
  const Json* filter = s.find("resample");
  if (!filter || *filter == 3) return DepthFilter::pillow_bicubic;
  if (*filter != 2) s.refuse("resample", "2 (bilinear) and 3 (bicubic)");
  return DepthFilter::pillow_bilinear;
}

}  // namespace

DepthHints read_depth_hints(const std::filesystem::path& file, DepthDesign design) {
  const Settings settings(read_config(file), file.string());
  return design == DepthDesign::dpt_hybrid ? dpt_hints(settings) : depth_anything_hints(settings);
}

DepthPreparation read_depth_preparation(const std::filesystem::path& file, DepthDesign design) {
  const Settings s(read_config(file), file.string());
  for (const char* key : {"do_resize", "do_normalize", "do_rescale"}) s.expect(key, true);
  s.expect("do_pad", false);
  const Json* factor = s.find("rescale_factor");
  if (factor && (!factor->is_number() || std::abs(factor->get<double>() * 255.0 - 1.0) > 1e-6)) {
    s.refuse("rescale_factor", "1/255");
  }
  DepthPreparation p;
  p.multiple = 1;
  p.rule = DepthSizeRule::exact;
  if (design == DepthDesign::depth_anything && !std::filesystem::exists(file)) {
    p = {.width = 518,
         .height = 518,
         .rule = DepthSizeRule::minimal,
         .multiple = 14,
         .mean = {0.485, 0.456, 0.406},
         .deviation = {0.229, 0.224, 0.225}};
  }
  read_size(s, p);
  p.multiple = s.integer("ensure_multiple_of", p.multiple, kMaxSide);
  if (const Json* keep = s.find("keep_aspect_ratio")) {
    p.rule = *keep == true ? DepthSizeRule::minimal : DepthSizeRule::exact;
  }
  p.filter = read_filter(s);
  p.mean = s.channels("image_mean", p.mean, -1e6, "lists of 3 numbers");
  p.deviation = s.channels("image_std", p.deviation, 0.0, "lists of 3 numbers above 0");
  return p;
}

}  // namespace calotype
