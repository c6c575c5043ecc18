#pragma once
/// Turns a plain struct into a node type. The struct holds `kType`, `kVersion`, the aggregates
/// `Inputs`, `Params`, `Outputs`, `static void describe(Describe<Node>&)` and a pure
/// `static Outputs run(const Inputs&, const Params&, RunContext&)`. See docs/writing-a-plugin.md.
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "calotype/field_count.h"
#include "calotype/node.h"
#include "calotype/param_traits.h"

namespace calotype {

namespace detail {

/// The port type of a member; null for `Value`, which stands for every type.
template <class T>
const PortType* port_type_of() {
  if constexpr (std::same_as<T, Value>) {
    return nullptr;
  } else {
    return &PortTraits<T>::type();
  }
}

/// The name that a schema gives to it.
inline std::string port_type_name(const PortType* type) {
  return type ? type->name : std::string(kAnyType);
}

/// What a member holds as a Value, and back.
template <class T>
T from_value(const Value& v) {
  if constexpr (std::same_as<T, Value>) {
    return v;
  } else {
    return v.as<T>();
  }
}

/// How a port member holds its value: T, std::optional<T> or std::vector<T>.
template <class M>
struct PortMember {
  using Type = M;
  static constexpr bool kOptional = false, kRepeated = false;
  static void set(M& member, const std::vector<Value>& v) { member = from_value<M>(v.at(0)); }
};
template <class T>
struct PortMember<std::optional<T>> {
  using Type = T;
  static constexpr bool kOptional = true, kRepeated = false;
  static void set(std::optional<T>& member, const std::vector<Value>& v) {
    if (!v.empty()) member = from_value<T>(v.front());
  }
};
template <class T>
struct PortMember<std::vector<T>> {
  using Type = T;
  static constexpr bool kOptional = true, kRepeated = true;
  static void set(std::vector<T>& member, const std::vector<Value>& v) {
    for (const Value& one : v) member.push_back(from_value<T>(one));
  }
};

}  // namespace detail

/// Fluent refinement of one parameter; valid inside `describe` only.
template <class T>
class ParamSpec {
 public:
  ParamSpec(ParamSchema& schema, T& reference) : schema_(schema), reference_(reference) {}

  /// Inclusive bounds, enforced before the node runs.
  ParamSpec& range(double min, double max) {
    schema_.min = min;
    schema_.max = max;
    return *this;
  }
  ParamSpec& at_least(double min) {
    schema_.min = min;
    return *this;
  }
  /// Allowed texts of a string parameter, in the order shown to users.
  ParamSpec& choices(std::vector<std::string> names) requires
      std::same_as<typename ParamTraits<T>::Stored, std::string> {
    schema_.choices = std::move(names);
    return *this;
  }
  ParamSpec& unit(std::string text) {
    schema_.unit = std::move(text);
    return *this;
  }
  ParamSpec& multiple_of(std::int64_t n) {
    schema_.multiple_of = n;
    return *this;
  }
  /// The value is a path to a file or folder whose content takes part in the cache key.
  ParamSpec& file() {
    schema_.file = true;
    return *this;
  }
  /// Beside `file()`: the neighbour of the file with this ending (".yaml") instead of its own, if
  /// there is one, takes part in the cache key too.
  ParamSpec& companion(std::string ending) {
    schema_.companion = std::move(ending);
    return *this;
  }
  /// Accepts "random", which the engine replaces by a number that it reports.
  ParamSpec& seed() {
    schema_.seed = true;
    return *this;
  }
  /// The graph must give a value; the member's initialiser is not a default.
  ParamSpec& required() {
    schema_.required = true;
    schema_.default_value = std::monostate{};
    return *this;
  }
  /// A former name, still read with a warning.
  ParamSpec& was(std::string name) {
    schema_.was.push_back(std::move(name));
    return *this;
  }

 private:
  ParamSchema& schema_;
  T& reference_;
};

template <class Node>
class TypedNode;

/// Collects the declaration of one node type; handed to `Node::describe`.
template <class Node>
class Describe {
 public:
  using Inputs = typename Node::Inputs;
  using Params = typename Node::Params;
  using Outputs = typename Node::Outputs;

  Describe& summary(std::string text) {
    schema_.summary = std::move(text);
    return *this;
  }

  /// A member of type `Value` takes values of every type.
  template <class M>
  Describe& input(std::string name, M Inputs::*member, std::string doc) {
    using Port = detail::PortMember<M>;
    const PortType* type = detail::port_type_of<typename Port::Type>();
    if (type) types_.push_back(type);
    schema_.inputs.push_back({std::move(name),
                              detail::port_type_name(type),
                              std::move(doc),
                              Port::kOptional,
                              Port::kRepeated,
                              {}});
    set_input_.push_back(
        [member](Inputs& in, const std::vector<Value>& v) { Port::set(in.*member, v); });
    return *this;
  }

  template <class T>
  ParamSpec<T> param(std::string name, T Params::*member, std::string doc) {
    ParamSchema p;
    p.name = std::move(name);
    p.doc = std::move(doc);
    p.kind = ParamTraits<T>::kKind;
    p.optional = ParamTraits<T>::kOptional;
    p.default_value = ParamTraits<T>::store(defaults_.*member);
    if constexpr (requires { ParamTraits<T>::choices(); }) p.choices = ParamTraits<T>::choices();
    schema_.params.push_back(std::move(p));
    set_param_.push_back([member](Params& params, const ParamValue& v) {
      params.*member = ParamTraits<T>::read(v);
    });
    return {schema_.params.back(), defaults_.*member};
  }

  template <class T>
  Describe& output(std::string name, T Outputs::*member, std::string doc) {
    const PortType& type = PortTraits<T>::type();
    types_.push_back(&type);
    schema_.outputs.push_back({std::move(name), type.name, std::move(doc), false, false, {}});
    get_output_.push_back([member](Outputs& out) { return Value::of(std::move(out.*member)); });
    return *this;
  }

  /// An output whose port type is the one that the string parameter `type_param` names. `run`
  /// finds it with RunContext::port_type.
  Describe& output(std::string name, Value Outputs::*member, std::string type_param,
                   std::string doc) {
    schema_.outputs.push_back({std::move(name),
                               std::string(kAnyType),
                               std::move(doc),
                               false,
                               false,
                               {},
                               std::move(type_param)});
    get_output_.push_back([member](Outputs& out) { return std::move(out.*member); });
    return *this;
  }

  Describe& lane(Lane lane) {
    schema_.lane = lane;
    return *this;
  }
  /// The node has an effect outside (it writes a file): never cached.
  Describe& impure() {
    schema_.impure = true;
    return *this;
  }
  Describe& same_type(std::string input, std::string output) {
    schema_.same_type.emplace_back(std::move(input), std::move(output));
    return *this;
  }
  /// The least that the node and who uses its result need at their peak: bytes_per_unit times the
  /// product of the named integer params.
  Describe& memory(std::vector<std::string> params, double bytes_per_unit) {
    schema_.memory = MemoryRule{std::move(params), bytes_per_unit};
    return *this;
  }
  /// A former type name, still read with a warning.
  Describe& was(std::string type) {
    schema_.was.push_back(std::move(type));
    return *this;
  }

 private:
  friend class TypedNode<Node>;
  NodeSchema schema_;
  Params defaults_{};
  std::vector<const PortType*> types_;
  std::vector<std::function<void(Inputs&, const std::vector<Value>&)>> set_input_;
  std::vector<std::function<void(Params&, const ParamValue&)>> set_param_;
  std::vector<std::function<Value(Outputs&)>> get_output_;
};

/// What `Registrar::add` accepts; the failing line of this list is what the compiler prints.
template <class Node>
concept DescribedNode = requires(Describe<Node>& d, const typename Node::Inputs& in,
                                 const typename Node::Params& params, RunContext& context) {
  { Node::kType } -> std::convertible_to<std::string_view>;
  { Node::kVersion } -> std::convertible_to<int>;
  Node::describe(d);
  { Node::run(in, params, context) } -> std::same_as<typename Node::Outputs>;
};

/// The NodeType made from a described struct.
template <class Node>
class TypedNode final : public NodeType {
 public:
  /// Throws Error(plugin) when a member of Inputs, Params or Outputs was not described.
  TypedNode() {
    d_.schema_.type = Node::kType;
    d_.schema_.version = Node::kVersion;
    Node::describe(d_);
    all_described<typename Node::Inputs>("Inputs", d_.set_input_.size());
    all_described<typename Node::Params>("Params", d_.set_param_.size());
    all_described<typename Node::Outputs>("Outputs", d_.get_output_.size());
    for (const PortType* type : d_.types_) {
      if (type->around_run) around_run_ = type->around_run;
    }
  }

  const NodeSchema& schema() const override { return d_.schema_; }
  std::span<const PortType* const> port_types() const override { return d_.types_; }

  std::vector<Value> run(const NodeCall& call) const override {
    std::vector<Value> results;
    auto body = [&] {
      typename Node::Inputs in{};
      for (std::size_t i = 0; i < d_.set_input_.size(); ++i) d_.set_input_[i](in, call.inputs[i]);
      typename Node::Params params{};
      for (std::size_t i = 0; i < d_.set_param_.size(); ++i) {
        d_.set_param_[i](params, call.params[i]);
      }
      typename Node::Outputs out = Node::run(in, params, call.context);
      results.reserve(d_.get_output_.size());
      for (const auto& get : d_.get_output_) results.push_back(get(out));
    };
    if (around_run_) {
      around_run_(body);
    } else {
      body();
    }
    return results;
  }

 private:
  template <class Aggregate>
  void all_described(const char* which, std::size_t described) {
    constexpr std::size_t fields = detail::field_count<Aggregate>();
    if (described == fields) return;
    throw Error(ErrorCode::plugin,
                "node type " + quote(Node::kType) + ": " + which + " has " +
                    std::to_string(fields) + " members, describe() names " +
                    std::to_string(described),
                "describe every member exactly once");
  }

  Describe<Node> d_;
  void (*around_run_)(const std::function<void()>&) = nullptr;
};

}  // namespace calotype
