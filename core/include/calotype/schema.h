#pragma once
/// What a node type declares of itself, as plain data. Everything else is derived from this:
/// validation, help, JSON Schema, stubs, cache keys. Schemas can be read without opening the
/// plugin's library (see registry.h).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "calotype/api.h"

namespace calotype {

/// A parameter's exact value. `monostate` is "not given" and only legal where
/// `ParamSchema::optional` is set. Signed integers are int64, `unsigned_integer` params uint64.
using ParamValue =
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;

enum class ParamKind { boolean, integer, unsigned_integer, number, string };

struct ParamSchema {
  std::string name;
  std::string doc;
  ParamKind kind = ParamKind::string;
  ParamValue default_value;  ///< monostate: required, or unset when `optional`
  bool optional = false;     ///< may stay unset (C++ type std::optional<T>)
  bool required = false;     ///< no default: the graph must give a value
  std::optional<double> min;
  std::optional<double> max;
  std::int64_t multiple_of = 0;      ///< 0 = any
  std::vector<std::string> choices;  ///< string params only; empty = any
  std::string unit;                  ///< "px", "steps"; for help only
  bool file = false;                 ///< a path; the content takes part in the cache key
  /// Ending such as ".yaml": the neighbour of the file with this ending instead of its own, if
  /// there is one, takes part in the cache key too. Empty: none.
  std::string companion;
  bool seed = false;             ///< accepts "random", replaced by a number before the run
  std::vector<std::string> was;  ///< former names, accepted with a warning
};

/// Type name of an input that takes values of every type, and of an output whose type a parameter
/// decides.
inline constexpr std::string_view kAnyType = "Any";

struct PortSchema {
  std::string name;
  std::string type;  ///< port type name, or kAnyType
  std::string doc;
  bool optional = false;
  bool repeated = false;  ///< takes a list of links (C++ type std::vector<T>)
  std::vector<std::string> was;
  /// Outputs of kAnyType only: the string parameter that holds the name of the port type.
  std::string type_param = {};
};

/// What a node mainly occupies. Lanes limit how many nodes run at once: one per device, one per
/// core for `cpu`, two for `io`.
enum class Lane { cpu, io, device };

/// The least memory that running the node (and using its result) needs at its peak, in bytes:
/// `bytes_per_unit` times the product of the named integer params. Checked against the machine
/// before anything runs.
struct MemoryRule {
  std::vector<std::string> params;
  double bytes_per_unit = 0;
};

struct NodeSchema {
  std::string type;  ///< name in graph files
  int version = 1;   ///< raised when results change
  /// Digest of the code that computes the results, for nodes whose version cannot be relied on: of
  /// a script, or of a plugin in the making. Part of the cache key when not empty.
  std::string code = {};
  std::string summary;
  std::vector<PortSchema> inputs;
  std::vector<ParamSchema> params;
  std::vector<PortSchema> outputs;
  Lane lane = Lane::cpu;
  bool impure = false;  ///< never cached: runs whenever it is asked for (writing a file)
  std::vector<std::pair<std::string, std::string>> same_type;  ///< (input, output) of equal type
  std::optional<MemoryRule> memory;
  std::vector<std::string> was;  ///< former type names
  std::string plugin;            ///< id of the plugin that registered it

  CALOTYPE_API const PortSchema* input(std::string_view name) const;
  CALOTYPE_API const PortSchema* output(std::string_view name) const;
  CALOTYPE_API const ParamSchema* param(std::string_view name) const;
};

/// JSON-like text for messages and explanations: `20`, `"karras"`, `true`, `unset`.
CALOTYPE_API std::string to_text(const ParamValue&);
CALOTYPE_API std::string_view to_text(ParamKind);

}  // namespace calotype
