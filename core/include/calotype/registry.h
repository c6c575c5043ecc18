#pragma once
/// Every node type and port type that this process knows. Schemas are known at once; a node whose
/// plugin is not open yet is opened by `node()`. Thread-safe; lives as long as the process'
/// engines.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"
#include "calotype/describe.h"
#include "calotype/node.h"

namespace calotype {

/// A plugin as users see it.
struct PluginInfo {
  std::string id;       ///< "calotype.sd"
  std::string version;  ///< its own
  std::string library;  ///< absolute path; empty when linked in
  bool open = false;    ///< false: only its schemas are known so far
};

/// The node types that one plugin adds; filled by its registration function.
class CALOTYPE_API Registrar {
 public:
  explicit Registrar(PluginInfo plugin) : plugin_(std::move(plugin)) {}

  template <DescribedNode Node>
  void add() {
    add_node(std::make_shared<const TypedNode<Node>>());
  }
  /// For node types that are made at run time.
  void add_node(std::shared_ptr<const NodeType> node) { nodes_.push_back(std::move(node)); }

  const PluginInfo& plugin() const { return plugin_; }
  const std::vector<std::shared_ptr<const NodeType>>& nodes() const { return nodes_; }

 private:
  PluginInfo plugin_;
  std::vector<std::shared_ptr<const NodeType>> nodes_;
};

class CALOTYPE_API Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Adds everything that `registrar` collected, or nothing. Throws Error(plugin) naming both
  /// plugins when a node type, or a port type with another definition, exists already.
  void commit(const Registrar& registrar);
  /// Runs a registration function that is linked in, then commits.
  void add_linked(PluginInfo plugin, const std::function<void(Registrar&)>& register_nodes);
  /// Takes the node types of a linked-in plugin out again, so that it can add others of the same
  /// names. Schemas stay valid for graphs that were validated before.
  void remove_linked(std::string_view plugin_id);
  /// Makes schemas known whose library is not open. `open` loads it and commits a Registrar with
  /// these node types; it is called at most once, when one of them must run.
  void commit_lazy(PluginInfo plugin, std::vector<NodeSchema> schemas, std::function<void()> open);

  /// Null when unknown. Pointers stay valid for the registry's life. Follows `was` names.
  const NodeSchema* schema(std::string_view type) const;
  /// All schemas, sorted by type name.
  std::vector<const NodeSchema*> schemas() const;
  /// Opens the plugin when needed. Throws Error(plugin).
  std::shared_ptr<const NodeType> node(std::string_view type);
  /// The node type that has this very schema, also when another one has taken its name since.
  /// Throws Error(plugin), also when it was taken out and nobody keeps it.
  std::shared_ptr<const NodeType> node(const NodeSchema& schema);
  /// The same; null when it is not there or its plugin is closed.
  std::shared_ptr<const NodeType> open_node(const NodeSchema& schema) const;
  /// Null until a plugin that uses the type is open.
  const PortType* port_type(std::string_view name) const;
  /// The same, but opens a plugin that has a port of this type; null when none has. Throws
  /// Error(plugin) when it cannot be opened.
  const PortType* find_port_type(std::string_view name);
  /// Names of all types that some port has, sorted; kAnyType is not one.
  std::vector<std::string> port_type_names() const;
  std::vector<PluginInfo> plugins() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace calotype
