#include <fmt/format.h>

#include <cmath>

#include "calotype/error.h"
#include "formats/json_text.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      throw Error(ErrorCode::graph, "a text of the graph is not UTF-8: " +
                                        fmt::format("byte 0x{:02x} at place {}", byte, i));
    }
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  out += '"';
}

void write_real(double v, std::string& out) {
  if (!std::isfinite(v)) {
    throw Error(ErrorCode::graph, fmt::format("JSON cannot express the number {}", v));
  }
  const std::string digits = fmt::format("{}", v);
  out += digits;
  // Without a point it would be read back as an integer.
  if (digits.find_first_of(".e") == std::string::npos) out += ".0";
}

void write_flat(const JsonValue& v, std::string& out);

struct WriteFlat {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool b) const { out += b ? "true" : "false"; }
  void operator()(std::int64_t i) const { out += std::to_string(i); }
  void operator()(std::uint64_t i) const { out += std::to_string(i); }
  void operator()(double d) const { write_real(d, out); }
  void operator()(const std::string& s) const { write_string(s, out); }
  void operator()(const JsonArray& items) const {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ", ";
      write_flat(items[i], out);
    }
    out += ']';
  }
  void operator()(const JsonObject& members) const {
    out += members.empty() ? "{" : "{ ";
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ", ";
      write_string(members[i].key, out);
      out += ": ";
      write_flat(members[i].value, out);
    }
    out += members.empty() ? "}" : " }";
  }
};

void write_flat(const JsonValue& v, std::string& out) { std::visit(WriteFlat{out}, v.value); }

void write_pretty(const JsonValue& v, std::size_t width, int broken, std::size_t indent,
                  std::size_t column, std::string& out) {
  const auto* object = v.as<JsonObject>();
  const auto* array = v.as<JsonArray>();
  const bool empty = object ? object->empty() : !array || array->empty();
  const bool must_break = broken > 0 && object && !empty;
  if (!must_break) {
    const std::size_t start = out.size();
    write_flat(v, out);
    if (empty || column + (out.size() - start) <= width) return;
    out.resize(start);
  }
  const std::string margin(indent + 2, ' ');
  const std::size_t count = object ? object->size() : array->size();
  out += object ? "{" : "[";
  for (std::size_t i = 0; i < count; ++i) {
    out += i > 0 ? ",\n" : "\n";
    out += margin;
    const std::size_t start = out.size();
    if (object) {
      write_string((*object)[i].key, out);
      out += ": ";
    }
    const JsonValue& child = object ? (*object)[i].value : (*array)[i];
    // One column stays free for the comma.
    write_pretty(child, width, broken - 1, indent + 2, indent + 3 + out.size() - start, out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += object ? '}' : ']';
}

}  // namespace

std::string write_json(const JsonValue& v, std::size_t width, int broken_levels) {
  std::string out;
  write_pretty(v, width, broken_levels, 0, 0, out);
  return out + '\n';
}

}  // namespace calotype
