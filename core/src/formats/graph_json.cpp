#include "calotype/graph_json.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "formats/graph_reader.h"
#include "formats/json_text.h"
#include "formats/problems.h"

namespace calotype {

namespace {

JsonValue string_value(std::string_view text) { return {std::string(text), 0}; }

void put(JsonObject& object, std::string_view key, JsonValue value) {
  object.push_back({std::string(key), 0, std::move(value)});
}

JsonValue link_text(const PortRef& ref) { return string_value(ref.node + '.' + ref.port); }

JsonValue input_ref(const InputRef& ref) {
  JsonObject object;
  put(object, "$input", string_value(ref.name));
  return {std::move(object), 0};
}

JsonValue literal(const ParamValue& v) {
  return std::visit([](const auto& held) { return JsonValue{held, 0}; }, v);
}

JsonValue link(const GraphLink& l) {
  if (const auto* ref = std::get_if<InputRef>(&l.from)) return input_ref(*ref);
  return link_text(std::get<PortRef>(l.from));
}

JsonValue port(const GraphInputPort& p) {
  if (!p.list && p.links.size() == 1) return link(p.links[0]);
  JsonArray list;
  for (const GraphLink& l : p.links) list.push_back(link(l));
  return {std::move(list), 0};
}

JsonValue input(const GraphInput& in) {
  JsonObject object;
  put(object, "type", string_value(in.type));
  if (in.default_value.index() != 0) put(object, "default", literal(in.default_value));
  if (!in.doc.empty()) put(object, "doc", string_value(in.doc));
  return {std::move(object), 0};
}

JsonValue node(const GraphNode& n) {
  JsonObject object;
  put(object, "type", string_value(n.type));
  if (!n.file.empty()) put(object, "file", string_value(n.file));
  JsonObject in;
  for (const GraphInputPort& p : n.in) put(in, p.name, port(p));
  if (!in.empty()) put(object, "in", {std::move(in), 0});
  JsonObject params;
  for (const GraphParam& p : n.params) {
    const auto* ref = std::get_if<InputRef>(&p.value);
    put(params, p.name, ref ? input_ref(*ref) : literal(std::get<ParamValue>(p.value)));
  }
  if (!params.empty()) put(object, "params", {std::move(params), 0});
  if (!n.note.empty()) put(object, "note", string_value(n.note));
  return {std::move(object), 0};
}

template <class Row, class Write>
JsonValue by_key(const std::vector<Row>& rows, std::string Row::*key, Write write) {
  JsonObject object;
  for (const Row& row : rows) put(object, row.*key, write(row));
  return {std::move(object), 0};
}

}  // namespace

Graph parse_graph(std::string text, std::string file) {
  auto source = std::make_shared<const SourceText>(SourceText{std::move(file), std::move(text)});
  Problems problems;
  JsonLimits limits;
  limits.depth = kMaxGraphDepth;
  limits.key = kMaxNameBytes;
  limits.problems = Problems::kLimit;
  if (source->text.size() > kMaxGraphBytes) {
    Diagnostic& d = problems.add({source, 0});
    d.excerpt.clear();
    d.what = fmt::format("the file is too large: {} bytes, at most {}", source->text.size(),
                         kMaxGraphBytes);
    problems.throw_if_any();
  }
  JsonText json = parse_json(source->text, limits);
  for (JsonProblem& p : json.problems) {
    Diagnostic& d = problems.add({source, p.offset});
    d.what = std::move(p.what);
    d.expected = std::move(p.expected);
    d.got = std::move(p.got);
    d.hint = std::move(p.hint);
  }
  problems.add_uncollected(json.more_problems);
  Graph graph;
  if (json.complete) graph = GraphReader(source, problems).read(json.root);
  problems.throw_if_any();
  return graph;
}

Graph read_graph(const std::filesystem::path& path) {
  const std::string name = path.string();
  const auto fail = [&](const std::string& why, std::string hint = {}) {
    throw Error(ErrorCode::io, "cannot read " + quote(name) + ": " + why, std::move(hint));
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail("it is a folder", "name a graph file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(errno != 0 ? std::strerror(errno) : "it cannot be opened");
  // Pipes have no size beforehand, so the limit is enforced while reading.
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxGraphBytes) {
      fail(fmt::format("it has more than {} bytes", kMaxGraphBytes));
    }
  }
  if (in.bad()) fail("reading failed");
  return parse_graph(std::move(text), name);
}

std::string format_graph(const Graph& graph) {
  constexpr std::size_t kWidth = 100;
  JsonObject root;
  put(root, "calotype", {std::int64_t{1}, 0});
  if (!graph.about.empty()) put(root, "about", string_value(graph.about));
  if (!graph.inputs.empty()) put(root, "inputs", by_key(graph.inputs, &GraphInput::name, input));
  put(root, "nodes", by_key(graph.nodes, &GraphNode::id, node));
  if (!graph.outputs.empty()) {
    put(root, "outputs", by_key(graph.outputs, &GraphOutput::name, [](const GraphOutput& o) {
          return link_text(o.from);
        }));
  }
  // Two levels are always broken: one line at least for each node, input and output.
  return write_json({std::move(root), 0}, kWidth, 2);
}

}  // namespace calotype
