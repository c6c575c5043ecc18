#pragma once
/// Calls the hooks of port types in the thread state that the type asks for.
#include <string_view>

#include "calotype/node.h"
#include "calotype/value.h"

namespace calotype {

/// Null when no port of the node has this type.
const PortType* find_port_type(const NodeType&, std::string_view name);
/// True when values of the type can be kept on disk.
inline bool can_save(const PortType& type) { return type.save && type.load; }
/// Throws Error(io) when the archive does not hold a value of the type.
Value load_value(const PortType&, const TensorArchive&);
/// Precondition: `can_save(*value.type())`.
TensorArchive save_value(const Value&);
/// A copy in host memory. Precondition: the type has `to_host`.
Value host_copy(const Value&);

}  // namespace calotype
