#pragma once
/// Values that a program hands to a graph, for those of its inputs that carry a value (a picture, a
/// latent) instead of a literal. Used by the Python bindings.
#include <map>
#include <memory>
#include <string>

#include "calotype/api.h"
#include "calotype/graph.h"
#include "calotype/registry.h"
#include "calotype/value.h"

namespace calotype {

/// Adds the node type `calotype.Given` to a registry: a node that hands out one of these values.
/// Thread-safe; one object per registry.
class CALOTYPE_API GivenValues {
 public:
  explicit GivenValues(Registry& registry);

  /// A graph in which nodes stand for the given inputs. It can run as long as `values` lives.
  struct Bound {
    Graph graph;
    std::shared_ptr<const void> values;
  };
  /// Cache keys come from the content of the values, or from their identity when their type cannot
  /// be saved (models). Values must not be written to while a run uses them. Throws Error(graph)
  /// for a name that is no input and for a value of another type than the input's.
  Bound bind(Graph graph, const std::map<std::string, Value>& values);
  /// The same for a run in another process: nodes of type LoadTensor read the values from files,
  /// which lie in a temporary folder as long as `values` lives. Throws besides Error(run) for a
  /// value whose type cannot be saved, Error(io) when a file cannot be written.
  static Bound bind_as_files(Graph graph, const std::map<std::string, Value>& values);

  /// Id of the plugin that the node type belongs to; lists of node types leave it out.
  static constexpr std::string_view kPlugin = "calotype.given";

 private:
  struct Table;
  class Given;
  std::shared_ptr<Table> table_;
};

}  // namespace calotype
