#include <cctype>
#include <string>

#include "kit/lint_rules.h"

namespace calotype {

namespace {

/// Letters and digits only, all small, without articles: "The image." and "image" are the same.
std::string bare_words(std::string_view text) {
  std::string out;
  std::string word;
  const auto end_word = [&] {
    if (word != "the" && word != "a" && word != "an") out += word;
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80) {
      word += static_cast<char>(std::tolower(byte));
    } else if (c != '_') {
      end_word();
    }
  }
  end_word();
  return out;
}

void check_help(const std::string& node, const std::string& what, const std::string& text,
                std::string_view name, LintSink& sink) {
  const std::string problem = text_problem(text, name);
  if (problem.empty()) return;
  const std::string hint = "say in one sentence what it is: meaning, range, unit";
  if (text.empty()) {
    sink.error(node, what, problem, hint);
  } else {
    sink.warning(node, what, problem, hint).got = quote(text);
  }
}

}  // namespace

std::string text_problem(std::string_view text, std::string_view name) {
  if (bare_words(text).empty()) return "it has no help text";
  if (bare_words(text) == bare_words(name)) return "the help text only repeats the name";
  const char last = text.back();
  if (last != '.' && last != '!' && last != '?') {
    return "the help text is no sentence: it has no full stop at its end";
  }
  return {};
}

void check_summary(const NodeSchema& schema, LintSink& sink) {
  const std::string_view type = schema.type;
  check_help(schema.type, "summary", schema.summary, type.substr(type.rfind('.') + 1), sink);
}

void check_port_texts(const NodeSchema& schema, LintSink& sink) {
  for (const PortSchema& p : schema.inputs) {
    check_help(schema.type, input_text(p.name), p.doc, p.name, sink);
  }
  for (const ParamSchema& p : schema.params) {
    check_help(schema.type, param_text(p.name), p.doc, p.name, sink);
  }
  for (const PortSchema& p : schema.outputs) {
    check_help(schema.type, output_text(p.name), p.doc, p.name, sink);
  }
}

void check_port_type_text(const PortType& type, LintSink& sink) {
  const std::string_view name = type.name;
  check_help({}, port_type_text(type.name), type.doc, name.substr(name.rfind('.') + 1), sink);
}

}  // namespace calotype
