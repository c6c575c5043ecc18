#pragma once
/// For tests of plugins: runs one node as it would run in a graph. Works with any test framework
/// and with none. Torch-free; pictures, masks and tensors are in calotype/types/testing.h.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/api.h"
#include "calotype/registry.h"
#include "calotype/value.h"

namespace calotype::kit {

/// What one run of a node gave. Plain data; the values are shared with whoever copies it.
struct NodeResult {
  std::map<std::string, Value, std::less<>> outputs;  ///< by port name
  std::vector<std::string> warnings;                  ///< what the node said with RunContext::warn

  /// The output `name`. Throws Error(run) when there is none, Error(internal) when it is no T.
  template <class T>
  const T& get(std::string_view name) const {
    return value(name).as<T>();
  }
  CALOTYPE_API const Value& value(std::string_view name) const;
};

/// Runs one node type:
///   kit::NodeRunner::of<Invert>().input("image", picture).param("amount", 0.5).run()
/// Inputs and parameters are checked, and defaults filled in, by the code that checks graphs, so
/// tests see the messages that users see; the node is called "node" there. Nothing is cached.
/// Not thread-safe; may run several times, and keeps what was set.
class CALOTYPE_API NodeRunner {
 public:
  /// A node by its struct. Throws Error(plugin) when a member of it was not described.
  template <DescribedNode Node>
  static NodeRunner of() {
    return NodeRunner(std::string(Node::kType), [](Registrar& r) { r.add<Node>(); });
  }
  /// A node type of a built plugin, through the door that programs use. Throws Error(plugin) as
  /// load_plugin does, and when the plugin has no such type.
  static NodeRunner of(const std::filesystem::path& library, const std::string& type);

  NodeRunner(NodeRunner&&) noexcept;
  NodeRunner& operator=(NodeRunner&&) noexcept;
  ~NodeRunner();

  template <class T>
  NodeRunner& input(std::string name, T value) {
    return input(std::move(name), std::vector<Value>{Value::of(std::move(value))});
  }
  /// One value for a single port, any number for a repeated one.
  NodeRunner& input(std::string name, std::vector<Value> values);
  /// As in a graph file: a bool, an integer, a number or a text.
  NodeRunner& param(std::string name, ParamValue value);

  /// Throws Error(graph) for what does not fit the node's declaration, Error(run) when it fails.
  NodeResult run() const;
  /// The message of run(), or "" when it succeeds.
  std::string error() const;

  const NodeSchema& schema() const;

 private:
  struct State;
  NodeRunner(std::string type, const std::function<void(Registrar&)>& register_nodes);
  explicit NodeRunner(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace calotype::kit
