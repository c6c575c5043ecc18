#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "formats/graph_names.h"
#include "kit/lint_rules.h"

namespace calotype {

namespace {

/// The nodes of Calotype itself need no vendor.
constexpr std::string_view kOwnVendor = "calotype";

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// softGlow -> soft_glow
std::string to_snake_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool starts_word =
        std::isupper(c) && i > 0 && !std::isupper(static_cast<unsigned char>(text[i - 1]));
    if (starts_word && !out.empty() && out.back() != '_') out += '_';
    if (is_alnum(text[i])) {
      out += static_cast<char>(std::tolower(c));
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  return out;
}

/// `vendor.Name`, or `Name` for Calotype's own; used for node types and port types.
void check_vendor_name(const std::string& name, const std::string& node, const std::string& port,
                       LintSink& sink) {
  const std::string_view vendor = vendor_of(sink.plugin().id);
  const std::size_t dot = name.rfind('.');
  const std::string_view prefix =
      dot == name.npos ? std::string_view() : std::string_view(name).substr(0, dot);
  const std::string_view last =
      dot == name.npos ? std::string_view(name) : std::string_view(name).substr(dot + 1);
  const std::string better = to_pascal_case(last);
  if (prefix.empty() && vendor != kOwnVendor) {
    sink.error(node, port, "the name " + quote(name) + " has no vendor in front",
               fmt::format("call it \"{}.{}\"", vendor, better));
    return;
  }
  if (!is_pascal_case(last) || (!prefix.empty() && !is_name(prefix))) {
    Diagnostic& d = sink.error(
        node, port, {},
        fmt::format("call it \"{}{}\"", prefix.empty() ? "" : std::string(vendor) + ".", better));
    d.expected = prefix.empty() ? "a name in PascalCase" : "a name such as \"vendor.Name\"";
    d.got = quote(name);
    return;
  }
  if (!prefix.empty() && prefix != vendor) {
    sink.warning(node, port,
                 fmt::format("the vendor {} is not that of the plugin, {}", quote(prefix),
                             quote(sink.plugin().id)),
                 fmt::format("call it \"{}.{}\"", vendor, better));
  }
}

/// Ports and params of one side share a namespace in Python, so no name may stand twice.
void check_names(const std::string& node, const std::string& name, const std::string& what,
                 std::set<std::string>& seen, LintSink& sink) {
  if (!is_name(name)) {
    Diagnostic& d = sink.error(node, what, {}, {});
    d.expected = "a name in snake_case: small letters, digits and _, a letter first";
    d.got = quote(name);
    const std::string better = to_snake_case(name);
    if (is_name(better)) d.hint = "call it " + quote(better);
  }
  if (!seen.insert(name).second) {
    sink.error(node, what, "an input or a param has this name already",
               "give each input and param a name of its own");
  }
}

}  // namespace

std::string_view vendor_of(std::string_view plugin_id) {
  return plugin_id.substr(0, plugin_id.find('.'));
}

bool is_pascal_case(std::string_view text) {
  return !text.empty() && text[0] >= 'A' && text[0] <= 'Z' &&
         std::all_of(text.begin(), text.end(), is_alnum);
}

std::string to_pascal_case(std::string_view text) {
  std::string out;
  bool starts_word = true;
  for (const char c : text) {
    if (!is_alnum(c)) {
      starts_word = true;
      continue;
    }
    out += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    starts_word = false;
  }
  return out;
}

void check_plugin_id(LintSink& sink) {
  const std::string& id = sink.plugin().id;
  const std::size_t dot = id.find('.');
  const bool well_formed = dot != id.npos && dot > 0 && dot + 1 < id.size() &&
                           std::all_of(id.begin(), id.end(), [](char c) {
                             return is_alnum(c) || c == '.' || c == '_' || c == '-';
                           });
  if (well_formed) return;
  Diagnostic& d = sink.warning({}, "plugin id", {}, "give CALOTYPE_PLUGIN such an id");
  d.expected = "the vendor, a dot and a name, such as \"acme.fade\"";
  d.got = quote(id);
}

void check_type_name(const NodeSchema& schema, LintSink& sink) {
  check_vendor_name(schema.type, schema.type, {}, sink);
}

void check_port_type_name(const PortType& type, LintSink& sink) {
  check_vendor_name(type.name, {}, port_type_text(type.name), sink);
}

void check_port_names(const NodeSchema& schema, LintSink& sink) {
  std::set<std::string> read;
  for (const PortSchema& p : schema.inputs) {
    check_names(schema.type, p.name, input_text(p.name), read, sink);
  }
  for (const ParamSchema& p : schema.params) {
    check_names(schema.type, p.name, param_text(p.name), read, sink);
  }
  std::set<std::string> written;
  for (const PortSchema& p : schema.outputs) {
    if (!is_name(p.name)) check_names(schema.type, p.name, output_text(p.name), written, sink);
    if (is_name(p.name) && !written.insert(p.name).second) {
      sink.error(schema.type, output_text(p.name), "another output has this name already",
                 "give each output a name of its own");
    }
  }
}

void check_former_names(const NodeSchema& schema, LintSink& sink) {
  const auto still_used = [&](const std::string& was) {
    return schema.input(was) || schema.param(was);
  };
  for (const std::string& was : schema.was) {
    if (was != schema.type) continue;
    sink.error(schema.type, {}, "its former name is its present one", "leave out .was()");
  }
  for (const ParamSchema& p : schema.params) {
    for (const std::string& was : p.was) {
      if (!still_used(was)) continue;
      sink.error(schema.type, param_text(p.name),
                 "its former name " + quote(was) + " belongs to another input or param",
                 "leave out .was(), or rename the other one");
    }
  }
}

}  // namespace calotype
