#pragma once
/// From the JSON of a graph file to a Graph: keys, JSON types, ids and links.
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "calotype/graph.h"
#include "formats/json_text.h"
#include "formats/problems.h"

namespace calotype {

class GraphReader {
 public:
  GraphReader(std::shared_ptr<const SourceText> source, Problems& problems)
      : source_(std::move(source)), problems_(problems) {}

  /// Moves the texts out of `root`. Whatever is wrong goes to the problems.
  Graph read(JsonValue& root);

 private:
  /// Visits the members of an object after checking their keys; false when it is no object.
  template <class Visit>
  bool read_object(JsonValue& v, std::string_view name, std::initializer_list<const char*> keys,
                   Visit visit);
  bool read_version(JsonObject& root);
  void read_inputs(JsonValue& v, Graph& graph);
  void read_nodes(JsonValue& v, Graph& graph);
  void read_outputs(JsonValue& v, Graph& graph);
  GraphInput read_input(JsonMember& m);
  GraphNode read_node(JsonMember& m);
  void read_ports(JsonValue& v, GraphNode& node);
  void read_params(JsonValue& v, GraphNode& node);
  bool read_link(JsonValue& v, std::string_view name, GraphLink& link);
  bool read_input_ref(JsonValue& v, std::string_view name, InputRef& ref);
  bool read_literal(JsonValue& v, std::string_view name, ParamValue& value);
  bool read_string(JsonValue& v, std::string_view name, std::string& into);
  /// Of something that stands elsewhere, such as a type.
  bool read_name(JsonValue& v, std::string_view name, std::string& into);
  void check_name(const JsonMember& m, std::string_view what);
  void wrong_kind(const JsonValue& v, std::string_view name, std::string expected);
  Diagnostic& malformed_link(const JsonValue& v, std::string_view name);
  void missing_key(const JsonValue& v, std::string_view key);

  SourceRef at(std::size_t offset) const { return {source_, offset}; }
  /// A problem inside the node that is being read.
  Diagnostic& problem(std::size_t offset);

  std::shared_ptr<const SourceText> source_;
  Problems& problems_;
  std::string node_;  ///< id of the node that is being read
};

}  // namespace calotype
