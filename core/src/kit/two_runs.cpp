#include "kit/two_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "calotype/value_io.h"
#include "kit/made_up_values.h"
#include "kit/saved_form.h"

namespace calotype {

namespace {

/// The saved form's digest, or a text that stands for its absence.
std::string digest_text(const Value& value) {
  if (!value) return "no value";
  return can_save(*value.type()) ? saved_digest(save_value(value)).hex() : std::string();
}

bool names_port_type(const NodeSchema& schema, const ParamSchema& param) {
  return std::any_of(schema.outputs.begin(), schema.outputs.end(),
                     [&](const PortSchema& port) { return port.type_param == param.name; });
}

std::vector<std::string> digests_of(const std::vector<Value>& values) {
  std::vector<std::string> digests;
  for (const Value& value : values) digests.push_back(digest_text(value));
  return digests;
}

std::vector<std::string> digests_of(const std::vector<std::vector<Value>>& inputs) {
  std::vector<std::string> digests;
  for (const auto& values : inputs) {
    for (const Value& value : values) digests.push_back(digest_text(value));
  }
  return digests;
}

}  // namespace

TwoRuns::TwoRuns(Registry& registry, std::vector<std::string> own_types, LintReport& report,
                 const LintProgress& progress)
    : registry_(registry), own_types_(std::move(own_types)), report_(report), progress_(progress) {}

void TwoRuns::run_all() {
  std::vector<const NodeSchema*> waiting;
  std::map<std::string, std::string> why;
  for (const NodeSchema* schema : registry_.schemas()) {
    why[schema->type] = obstacle(*schema);
    if (why[schema->type].empty()) waiting.push_back(schema);
  }
  for (bool progress = true; progress;) {
    progress = false;
    std::vector<const NodeSchema*> rest;
    for (const NodeSchema* schema : waiting) {
      Inputs inputs;
      if (!gather(*schema, inputs, why[schema->type])) {
        rest.push_back(schema);
        continue;
      }
      why.erase(schema->type);
      try {
        run_twice(*schema, inputs);
      } catch (...) {
        LintSink(report_, "save")
            .error(schema->type, {},
                   "a value cannot be saved: " + failure_text(std::current_exception()),
                   "mend the save hook of its port type");
      }
      progress = true;
    }
    waiting = std::move(rest);
  }
  for (const auto& [type, reason] : why) report_.skipped.push_back({type, reason});
  std::sort(report_.ran.begin(), report_.ran.end());
  std::sort(report_.skipped.begin(), report_.skipped.end(),
            [](const LintSkip& a, const LintSkip& b) { return a.node < b.node; });
}

std::string TwoRuns::obstacle(const NodeSchema& schema) const {
  if (schema.impure) return "it has an effect outside (impure)";
  for (const ParamSchema& p : schema.params) {
    const auto* path = std::get_if<std::string>(&p.default_value);
    if (p.file && (p.required || (path && !path->empty()))) {
      return fmt::format("its param {} is a file", quote(p.name));
    }
    if (!made_up_param(p, names_port_type(schema, p))) {
      return fmt::format("its param {} has no default, and none can be made up", quote(p.name));
    }
  }
  return {};
}

Value TwoRuns::value_of(const NodeType& node, const std::string& type) {
  const auto found = pool_.find(type);
  if (found != pool_.end()) return found->second;
  for (const PortType* known : node.port_types()) {
    if (known->name != type) continue;
    try {
      if (Value value = made_up_value(*known)) return pool_[type] = value;
    } catch (const std::exception&) {
      // A plugin's own type under a name of Calotype's: check_port_type_name has a say on it.
    }
  }
  return {};
}

bool TwoRuns::gather(const NodeSchema& schema, Inputs& inputs, std::string& why) {
  const auto node = registry_.node(schema.type);
  for (const PortSchema& port : schema.inputs) {
    Value value = port.type == kAnyType && !pool_.empty() ? pool_.begin()->second
                                                          : value_of(*node, port.type);
    if (!value && !port.optional) {
      why = fmt::format("its input {} needs a value of type {}, which cannot be made up",
                        quote(port.name), port.type);
      return false;
    }
    std::vector<Value>& values = inputs.emplace_back();
    if (value) values.assign(port.repeated ? 2 : 1, value);
  }
  return true;
}

TwoRuns::Outcome TwoRuns::run_once(const NodeType& node, const Inputs& inputs) {
  const NodeSchema& schema = node.schema();
  if (progress_) progress_(report_, schema.type);
  LintSink sink(report_, "progress");
  bool reported = false;
  RunContext::Answers answers;
  answers.on_progress = [&](const Progress& p) {
    if (reported || (p.step >= 0 && p.step <= p.steps)) return;
    reported = true;
    Diagnostic& d = sink.error(schema.type, {}, "it reports impossible progress",
                               "call context.progress(finished, all)");
    d.expected = "a step from 0 to the number of steps";
    d.got = fmt::format("step {} of {}", p.step, p.steps);
  };
  answers.find_type = [&](std::string_view name) { return registry_.find_port_type(name); };
  RunContext context({}, std::move(answers));
  std::vector<ParamValue> params;
  for (const ParamSchema& p : schema.params) {
    params.push_back(*made_up_param(p, names_port_type(schema, p)));
  }
  Outcome outcome;
  try {
    outcome.values = node.run({inputs, params, context});
  } catch (...) {
    outcome.failure = failure_text(std::current_exception());
    if (outcome.failure.empty()) outcome.failure = "it gave no reason";
  }
  return outcome;
}

void TwoRuns::run_twice(const NodeSchema& schema, const Inputs& inputs) {
  const auto node = registry_.node(schema.type);
  const auto inputs_before = digests_of(inputs);
  const Outcome first = run_once(*node, inputs);
  const auto first_digests = digests_of(first.values);
  const Outcome second = run_once(*node, inputs);
  if (digests_of(inputs) != inputs_before) {
    LintSink(report_, "inputs_kept")
        .error(schema.type, {}, "it wrote to its inputs, which other nodes and the cache share",
               "work on a copy: tensor.clone() before operations that end in _");
  }
  if (!first.failure.empty() && !second.failure.empty()) {
    report_.skipped.push_back({schema.type, "it refused the made-up inputs: " + first.failure});
    return;
  }
  report_.ran.push_back(schema.type);
  if (first.failure.empty() != second.failure.empty()) {
    LintSink(report_, "determinism")
        .error(schema.type, {},
               "of two runs with the same inputs one failed: " + first.failure + second.failure,
               "keep no state between runs");
    return;
  }
  compare(schema, first, second, first_digests);
}

void TwoRuns::compare(const NodeSchema& schema, const Outcome& first, const Outcome& second,
                      const std::vector<std::string>& first_digests) {
  LintSink sink(report_, "determinism");
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    const PortSchema& port = schema.outputs[i];
    const Value& a = first.values[i];
    const Value& b = second.values[i];
    if (!a || !b) {
      LintSink(report_, "outcome")
          .error(schema.type, output_text(port.name), "it gave no value",
                 "give a value to every member of Outputs");
      continue;
    }
    pool_.try_emplace(a.type()->name, a);
    if (!can_save(*a.type())) continue;
    if (digest_text(a) != first_digests[i]) {
      sink.error(schema.type, output_text(port.name),
                 "the result of a run changed while the node ran again",
                 "give each run tensors of its own");
    } else if (digest_text(b) != first_digests[i]) {
      sink.error(schema.type, output_text(port.name),
                 "two runs with the same inputs gave different results: " +
                     saved_difference(save_value(a), save_value(b)),
                 "draw random numbers from a generator seeded by a param, and keep no state");
    }
    if (std::find(own_types_.begin(), own_types_.end(), a.type()->name) != own_types_.end()) {
      check_own_value(schema, port, a, report_);
    }
  }
}

}  // namespace calotype
