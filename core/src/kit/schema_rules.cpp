#include <fmt/format.h>

#include "graph/param_check.h"
#include "kit/lint_rules.h"

namespace calotype {

namespace {

bool is_count(ParamKind kind) {
  return kind == ParamKind::integer || kind == ParamKind::unsigned_integer;
}

}  // namespace

void check_version(const NodeSchema& schema, LintSink& sink) {
  if (schema.version >= 1) return;
  Diagnostic& d =
      sink.error(schema.type, "kVersion", {}, "begin with 1; raise it when results change");
  d.expected = "at least 1";
  d.got = std::to_string(schema.version);
}

void check_defaults(const NodeSchema& schema, LintSink& sink) {
  for (const ParamSchema& p : schema.params) {
    if (p.required) continue;
    Misfit misfit;
    if (fit(p.default_value, p, false, misfit)) continue;
    Diagnostic& d = sink.error(schema.type, param_text(p.name),
                               "its default is not a value that it allows", misfit.hint);
    d.expected = misfit.expected;
    d.got = misfit.got;
    if (d.hint.empty()) d.hint = "change the initialiser in Params, or the limits in describe()";
  }
}

void check_limits(const NodeSchema& schema, LintSink& sink) {
  for (const ParamSchema& p : schema.params) {
    const auto refuse = [&](std::string what, std::string hint) {
      sink.error(schema.type, param_text(p.name), std::move(what), std::move(hint));
    };
    const bool is_number = is_count(p.kind) || p.kind == ParamKind::number;
    if ((p.min || p.max) && !is_number) {
      refuse(fmt::format(".range() has no effect on {}", to_text(p.kind)),
             "leave out .range() and .at_least()");
    }
    if (p.min && p.max && *p.min > *p.max) {
      refuse(fmt::format("its range {} to {} is empty", *p.min, *p.max), "swap the two bounds");
    }
    if (p.multiple_of != 0 && (!is_count(p.kind) || p.multiple_of < 1)) {
      refuse(fmt::format(".multiple_of({}) has no effect on {}", p.multiple_of, to_text(p.kind)),
             "use .multiple_of() with a positive number, on integers only");
    }
    if (p.file && p.kind != ParamKind::string) {
      refuse(fmt::format(".file() has no effect on {}", to_text(p.kind)),
             "use .file() on std::string members only");
    }
    if (!p.companion.empty() && !p.file) {
      refuse(".companion() has no effect without .file()", "add .file(), or leave it out");
    }
    if (p.seed && !is_count(p.kind)) {
      refuse(fmt::format(".seed() has no effect on {}", to_text(p.kind)),
             "use .seed() on std::uint64_t members");
    }
  }
}

void check_references(const NodeSchema& schema, LintSink& sink) {
  for (const PortSchema& p : schema.outputs) {
    if (p.type_param.empty()) continue;
    const ParamSchema* param = schema.param(p.type_param);
    if (param && param->kind == ParamKind::string) continue;
    sink.error(schema.type, output_text(p.name),
               fmt::format("its type is that of param {}, which is no text param of the node",
                           quote(p.type_param)),
               "name a std::string param of the node");
  }
  for (const auto& [input, output] : schema.same_type) {
    if (schema.input(input) && schema.output(output)) continue;
    sink.error(schema.type, "same_type",
               fmt::format("the node has no input {} or no output {}", quote(input), quote(output)),
               "name ports of the node");
  }
  if (!schema.memory) return;
  for (const std::string& name : schema.memory->params) {
    const ParamSchema* param = schema.param(name);
    if (param && is_count(param->kind)) continue;
    sink.error(schema.type, "memory",
               fmt::format("the memory rule counts param {}, which is no integer param of the node",
                           quote(name)),
               "name integer params of the node");
  }
}

void check_result(const NodeSchema& schema, LintSink& sink) {
  if (!schema.outputs.empty() || schema.impure) return;
  sink.error(schema.type, {}, "it has no output and is not impure, so no graph can make it run",
             "add an output, such as the path of a file that it writes, and d.impure()");
}

}  // namespace calotype
