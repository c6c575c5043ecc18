#pragma once
/// A graph as its author wrote it: plain data, independent of which plugins exist. Made by
/// `read_graph` or in code; checked by `validate`. Thread-safe to read.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "calotype/api.h"
#include "calotype/error.h"
#include "calotype/schema.h"

namespace calotype {

/// The text that positions refer to; shared by all parts of one file.
struct SourceText {
  std::string file;  ///< as the user wrote it; "" for graphs made in code
  std::string text;
};

/// Where something stands. An empty `source` means "made in code".
struct SourceRef {
  std::shared_ptr<const SourceText> source;
  std::size_t offset = 0;  ///< byte offset into source->text
};

/// Reference to a graph input: `{"$input": "prompt"}`.
struct InputRef {
  std::string name;
};

/// `"node.port"`.
struct PortRef {
  std::string node;
  std::string port;
};

struct GraphLink {
  std::variant<PortRef, InputRef> from;
  SourceRef where;
};

struct GraphInputPort {  ///< one entry of a node's "in"
  std::string name;
  std::vector<GraphLink> links;  ///< one, or several when written as a list
  bool list = false;
  SourceRef where;
};

/// A literal as written; integers that fit neither int64 nor uint64 are errors of the reader.
struct GraphParam {  ///< one entry of a node's "params"
  std::string name;
  std::variant<ParamValue, InputRef> value;
  SourceRef where;        ///< of the name
  SourceRef value_where;  ///< of the value
};

struct GraphNode {
  std::string id;
  std::string type;  ///< "Graph" stands for a subgraph in `file`
  std::string file;  ///< only with type "Graph"; relative to the file that names it
  std::vector<GraphInputPort> in;
  std::vector<GraphParam> params;
  std::string note;
  SourceRef where;
  SourceRef type_where;
};

/// A value that the caller can set. `type` is string, int, number, bool or, for inputs that carry
/// a value between graphs, a port type such as Latent (then without default).
struct GraphInput {
  std::string name;
  std::string type;
  ParamValue default_value;  ///< monostate: must be given
  std::string doc;
  SourceRef where;
};

struct GraphOutput {
  std::string name;
  PortRef from;
  SourceRef where;
};

struct Graph {
  std::string about;
  std::vector<GraphInput> inputs;
  std::vector<GraphNode> nodes;  ///< in the author's order
  std::vector<GraphOutput> outputs;
  std::shared_ptr<const SourceText> source;
};

/// 1-based line and column, and the source line. {0,0} for graphs made in code.
CALOTYPE_API SourcePos locate(const SourceRef&);
/// A diagnostic with file, pos and excerpt filled in from `where`.
CALOTYPE_API Diagnostic diagnostic_at(const SourceRef& where);

}  // namespace calotype
