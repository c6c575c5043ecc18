#include "calotype/compvis_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <initializer_list>
#include <span>
#include <utility>

#include "calotype/error.h"
#include "calotype/mapped_file.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxWidth = 8192;

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  CompvisConfig read(const std::string& yaml) const {
    const YAML::Node params = at(YAML::Load(yaml), {"model", "params"});
    if (!params.IsDefined() || !params.IsMap()) {
      fail({}, "there is no mapping \"model.params\"",
           "take the configuration file that was published with the model, or move it away");
    }
    CompvisConfig config;
    config.scale_factor = number(params, "scale_factor", HUGE_VAL);
    config.linear_start = number(params, "linear_start", 1);
    config.linear_end = number(params, "linear_end", 1);
    const bool original =
        child(params, "unet_config").IsDefined() || child(params, "parameterization").IsDefined();
    config.parameterization = original ? parameterization(params) : scaling(params);
    const YAML::Node network = at(params, {original ? "unet_config" : "network_config", "params"});
    config.in_channels = width(network, "in_channels");
    config.context_dim = width(network, "context_dim");
    return config;
  }

  [[noreturn]] void fail(const YAML::Mark& mark, std::string what, std::string hint = {}) const {
    Diagnostic d{.file = file_, .what = std::move(what), .hint = std::move(hint)};
    // At the very start it means that the parser does not know.
    if (mark.line > 0 || mark.column > 0) d.pos = {mark.line + 1, mark.column + 1};
    throw Error(ErrorCode::io, {std::move(d)});
  }

 private:
  static YAML::Node child(const YAML::Node& node, const char* key) {
    return node.IsDefined() && node.IsMap() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
  }

  static YAML::Node at(const YAML::Node& node, std::span<const char* const> keys) {
    return keys.empty() ? node : at(child(node, keys.front()), keys.subspan(1));
  }
  static YAML::Node at(const YAML::Node& node, std::initializer_list<const char*> keys) {
    return at(node, std::span(keys.begin(), keys.size()));
  }

  [[noreturn]] void refuse(const YAML::Node& node, const char* key,
                           const std::string& expected) const {
    const std::string found =
        node.IsScalar() ? quote(node.Scalar().substr(0, 80)) : "a list or map";
    fail(node.Mark(), fmt::format("\"{}\" is {}: expected {}", key, found, expected));
  }

  static bool is_absent(const YAML::Node& node) { return !node.IsDefined() || node.IsNull(); }

  std::optional<double> number(const YAML::Node& params, const char* key, double limit) const {
    const YAML::Node node = child(params, key);
    if (is_absent(node)) return std::nullopt;
    double value = 0;
    if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !(value > 0) ||
        !(value < limit)) {
      refuse(node, key,
             std::isinf(limit) ? "a positive number" : fmt::format("a number in 0..{}", limit));
    }
    return value;
  }

  std::optional<std::int64_t> width(const YAML::Node& params, const char* key) const {
    const YAML::Node node = child(params, key);
    if (is_absent(node)) return std::nullopt;
    std::int64_t value = 0;
    if (!node.IsScalar() || !YAML::convert<std::int64_t>::decode(node, value) || value < 1 ||
        value > kMaxWidth) {
      refuse(node, key, fmt::format("an integer in 1..{}", kMaxWidth));
    }
    return value;
  }

  CompvisConfig::Parameterization parameterization(const YAML::Node& params) const {
    const YAML::Node node = child(params, "parameterization");
    if (is_absent(node)) return CompvisConfig::Parameterization::epsilon;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text == "eps") return CompvisConfig::Parameterization::epsilon;
    if (text == "v") return CompvisConfig::Parameterization::v;
    refuse(node, "parameterization", "\"eps\" or \"v\"");
  }

  /// generative-models name a class: "...EpsScaling" or "...VScaling".
  std::optional<CompvisConfig::Parameterization> scaling(const YAML::Node& params) const {
    const YAML::Node node = at(params, {"denoiser_config", "params", "scaling_config", "target"});
    if (is_absent(node)) return std::nullopt;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text.ends_with(".EpsScaling")) return CompvisConfig::Parameterization::epsilon;
    if (text.ends_with(".VScaling")) return CompvisConfig::Parameterization::v;
    refuse(node, "target", "the class EpsScaling or VScaling");
  }

  const std::string& file_;
};

}  // namespace

CompvisConfig parse_compvis_config(std::string_view yaml, const std::string& file) {
  const Reader reader(file);
  try {
    return reader.read(std::string(yaml));
  } catch (const YAML::Exception& e) {
    reader.fail(e.mark, "not a YAML file: " + e.msg);
  }
}

CompvisConfig read_compvis_config(const std::filesystem::path& file) {
  const MappedFile content = map_file(file);
  if (content.bytes.size() > kMaxCompvisConfig) {
    throw Error(ErrorCode::io, {Diagnostic{.file = file.string(),
                                           .what = "above 64 KiB, too large for a configuration"}});
  }
  return parse_compvis_config(
      {reinterpret_cast<const char*>(content.bytes.data()), content.bytes.size()}, file.string());
}

}  // namespace calotype
