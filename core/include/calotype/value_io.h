#pragma once
/// Values to bytes and back, through the hooks of their port types and in the thread state that the
/// type asks for. Thread-safe.
#include <string>

#include "calotype/api.h"
#include "calotype/tensor_archive.h"
#include "calotype/value.h"

namespace calotype {

/// True when values of the type can be saved and loaded again; models cannot.
inline bool can_save(const PortType& type) { return type.save && type.load; }
/// Throws Error(run) when values of the type cannot be saved. May share the value's memory.
CALOTYPE_API TensorArchive save_value(const Value&);
/// Throws Error(io) with `hint` when the archive holds no value of the type. May share its memory.
CALOTYPE_API Value load_value(const PortType&, const TensorArchive&, const std::string& hint = {});
/// A copy in host memory; the value itself when its type never lies elsewhere.
CALOTYPE_API Value host_copy(const Value&);
/// An empty picture when the type has none to show.
CALOTYPE_API Preview preview_of(const Value&);

}  // namespace calotype
