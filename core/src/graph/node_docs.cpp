#include <fmt/format.h>

#include "calotype/schema_docs.h"
#include "graph/schema_text.h"

namespace calotype {

namespace {

/// A text inside a Markdown table cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string code(std::string_view text) {
  if (text.empty()) return {};
  return fmt::format("`{}`", cell(text));
}

void markdown_ports(std::string_view title, const std::vector<PortSchema>& ports,
                    std::string& out) {
  if (ports.empty()) return;
  out += fmt::format("\n## {}\n\n| name | type | | |\n|---|---|---|---|\n", title);
  for (const PortSchema& p : ports) {
    out +=
        fmt::format("| `{}` | {} | {} | {} |\n", p.name, cell(p.type), arity_text(p), cell(p.doc));
  }
}

void help_ports(std::string_view title, const std::vector<PortSchema>& ports, std::string& out) {
  if (ports.empty()) return;
  out += fmt::format("\n{}:\n", title);
  for (const PortSchema& p : ports) {
    const std::string arity = arity_text(p);
    out += fmt::format("  {}: {}{}\n", p.name, p.type, arity.empty() ? "" : " (" + arity + ")");
    out += wrapped(p.doc, 6);
  }
}

}  // namespace

std::string node_markdown(const NodeSchema& s) {
  std::string out = fmt::format("# {}\n\n{}\n\nPlugin `{}`, version {} of the node.{}\n", s.type,
                                s.summary, s.plugin, s.version,
                                s.impure ? " Runs each time it is asked for; never cached." : "");
  markdown_ports("Inputs", s.inputs, out);
  if (!s.params.empty()) {
    out += "\n## Parameters\n\n| name | kind | default | allowed | |\n|---|---|---|---|---|\n";
    for (const ParamSchema& p : s.params) {
      const std::string value = default_text(p);
      out += fmt::format("| `{}` | {} | {} | {} | {} |\n", p.name, kind_text(p),
                         p.required ? value : code(value), cell(limits_text(p)), cell(p.doc));
    }
  }
  markdown_ports("Outputs", s.outputs, out);
  return out;
}

std::string node_help(const NodeSchema& s) {
  std::string out = s.type + '\n' + wrapped(s.summary, 2);
  help_ports("inputs", s.inputs, out);
  if (!s.params.empty()) out += "\nparams:\n";
  for (const ParamSchema& p : s.params) {
    out += fmt::format("  {}: {}, {}\n", p.name, kind_text(p), default_text(p));
    out += wrapped(limits_text(p), 6);
    out += wrapped(p.doc, 6);
  }
  help_ports("outputs", s.outputs, out);
  return out;
}

}  // namespace calotype
