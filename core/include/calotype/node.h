#pragma once
/// A node type as the engine sees it. Node authors never touch this: `describe.h` makes one from a
/// plain struct.
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "calotype/api.h"
#include "calotype/run_context.h"
#include "calotype/schema.h"
#include "calotype/value.h"

namespace calotype {

/// Arguments of one run, in schema order. An input that is absent has no values; a repeated one
/// may have several. Params are complete (defaults filled in) and validated.
struct NodeCall {
  std::span<const std::vector<Value>> inputs;
  std::span<const ParamValue> params;
  RunContext& context;
};

/// Immutable and stateless: `run` may be called from several threads at once.
class CALOTYPE_API NodeType {
 public:
  NodeType() = default;
  NodeType(const NodeType&) = delete;
  NodeType& operator=(const NodeType&) = delete;
  virtual ~NodeType();

  virtual const NodeSchema& schema() const = 0;
  /// One value per output port, in schema order. Throws calotype::Error or anything derived from
  /// std::exception; the engine adds the node's place.
  virtual std::vector<Value> run(const NodeCall&) const = 0;
  /// Every port type that the node's ports use.
  virtual std::span<const PortType* const> port_types() const = 0;
};

}  // namespace calotype
