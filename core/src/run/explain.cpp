#include "run/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "calotype/error.h"
#include "run/cache_key.h"

namespace calotype {

namespace {

/// Longer values are kept by digest, so that records stay small.
constexpr std::size_t kMaxKeptValue = 2000;
constexpr std::size_t kKeptPrefix = 200;
constexpr std::size_t kMaxShownValue = 60;

/// At most `size` bytes, never ending inside a UTF-8 sequence.
std::string cut(const std::string& text, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return text.substr(0, size);
}

std::string kept(std::string text) {
  if (text.size() <= kMaxKeptValue) return text;
  return cut(text, kKeptPrefix) + "... #" + hash_bytes(text.data(), text.size()).hex();
}

std::string shown(const std::string& text) {
  return text.size() <= kMaxShownValue ? text : cut(text, kMaxShownValue) + "...";
}

const std::string* find(const NodeRecord::Fields& fields, const std::string& name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

/// The first name, in the order of `now` and then of `before`, whose value differs.
const std::string* first_difference(const NodeRecord::Fields& before,
                                    const NodeRecord::Fields& now) {
  for (const auto& [name, value] : now) {
    const std::string* old = find(before, name);
    if (!old || *old != value) return &name;
  }
  for (const auto& [name, value] : before) {
    if (!find(now, name)) return &name;
  }
  return nullptr;
}

std::string text_or_unset(const NodeRecord::Fields& fields, const std::string& name) {
  const std::string* value = find(fields, name);
  return value ? shown(*value) : "unset";
}

std::string changed_param(const NodeRecord& before, const NodeRecord& now) {
  // A path counts by the content of its file, so its text is looked at last.
  const std::string* file = first_difference(before.files, now.files);
  if (const std::string* name = first_difference(before.params, now.params)) {
    if (!find(now.files, *name) || file) {
      return fmt::format("param {} {} -> {}", quote(*name), text_or_unset(before.params, *name),
                         text_or_unset(now.params, *name));
    }
  }
  return file ? fmt::format("file {} changed", quote(*file)) : std::string();
}

/// The port through which a result of an impure node comes in, or null.
const std::string* impure_input(const PlanTables& plan, std::uint32_t node) {
  const ResolvedNode& resolved = plan.graph.nodes[node];
  for (std::size_t p = 0; p < resolved.inputs.size(); ++p) {
    for (const ResolvedLink& link : resolved.inputs[p]) {
      if (!plan.cacheable[link.node]) return &resolved.schema->inputs[p].name;
    }
  }
  return nullptr;
}

}  // namespace

NodeRecord make_record(const PlanTables& plan, std::uint32_t node) {
  const ResolvedNode& resolved = plan.graph.nodes[node];
  const NodeSchema& schema = *resolved.schema;
  NodeRecord record;
  record.key = plan.node_keys[node].hex();
  record.type = schema.type;
  record.version = schema.version;
  record.code = schema.code;
  record.environment = plan.environment;
  for (std::size_t i = 0; i < schema.params.size(); ++i) {
    record.params.emplace_back(schema.params[i].name, kept(to_text(resolved.params[i])));
    if (plan.file_digests[node].empty() || plan.file_digests[node][i] == Hash128{}) continue;
    record.files.emplace_back(schema.params[i].name, plan.file_digests[node][i].hex());
  }
  for (std::size_t p = 0; p < resolved.inputs.size(); ++p) {
    Hasher keys;
    for (const ResolvedLink& link : resolved.inputs[p]) {
      keys.hash(plan.output_keys[plan.slot(link)]);
    }
    record.inputs.emplace_back(schema.inputs[p].name, keys.digest().hex());
  }
  return record;
}

std::string explain_run(const PlanTables& plan, std::uint32_t node, const NodeRecord* before,
                        bool cache_is_on) {
  if (plan.graph.nodes[node].schema->impure) return "never cached (impure)";
  if (const std::string* port = impure_input(plan, node)) {
    return fmt::format("input {} comes from an impure node", quote(*port));
  }
  if (!cache_is_on) return "the cache is off";
  if (!before) return "first time";
  const NodeRecord now = make_record(plan, node);
  if (before->type != now.type) {
    return fmt::format("node type {} -> {}", before->type, now.type);
  }
  if (before->version != now.version) {
    return fmt::format("node type version {} -> {}", before->version, now.version);
  }
  if (before->code != now.code) return "the code of the node type changed";
  if (std::string text = changed_param(*before, now); !text.empty()) return text;
  if (const std::string* port = first_difference(before->inputs, now.inputs)) {
    return fmt::format("input {} changed", quote(*port));
  }
  if (before->environment != now.environment) {
    return fmt::format("environment {} -> {}", quote(shown(before->environment)),
                       quote(shown(now.environment)));
  }
  if (before->key != now.key) return "this version of Calotype makes other results";
  return "is no longer in the cache";
}

std::vector<bool> wanted_nodes(const PlanTables& plan) {
  std::vector<bool> wanted(plan.graph.nodes.size());
  for (const ResolvedOutput& output : plan.graph.outputs) wanted[output.from.node] = true;
  for (std::size_t i = plan.graph.nodes.size(); i-- > 0;) {
    const ResolvedNode& node = plan.graph.nodes[i];
    if (node.schema->impure && node.schema->outputs.empty()) wanted[i] = true;
    if (!wanted[i]) continue;
    for (const auto& links : node.inputs) {
      for (const ResolvedLink& link : links) wanted[link.node] = true;
    }
  }
  return wanted;
}

}  // namespace calotype
