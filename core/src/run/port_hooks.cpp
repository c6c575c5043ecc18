#include "run/port_hooks.h"

#include <exception>
#include <functional>
#include <string>

#include "calotype/error.h"

namespace calotype {

namespace {

void in_scope_of(const PortType& type, const std::function<void()>& body) {
  if (type.around_run) {
    type.around_run(body);
  } else {
    body();
  }
}

}  // namespace

const PortType* find_port_type(const NodeType& node, std::string_view name) {
  for (const PortType* type : node.port_types()) {
    if (type->name == name) return type;
  }
  return nullptr;
}

Value load_value(const PortType& type, const TensorArchive& archive) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::io, "a saved value is not a " + type.name + ": " + why,
                 "delete it with: calotype cache clear");
  };
  if (!type.load) throw refuse("values of this type cannot be saved");
  std::shared_ptr<const void> data;
  try {
    in_scope_of(type, [&] { data = type.load(archive); });
  } catch (const std::exception& e) {
    throw refuse(e.what());
  }
  if (!data) throw refuse("it is empty");
  return Value(type, std::move(data));
}

TensorArchive save_value(const Value& value) {
  TensorArchive archive;
  in_scope_of(*value.type(), [&] { archive = value.type()->save(value.data()); });
  return archive;
}

Value host_copy(const Value& value) {
  std::shared_ptr<const void> data;
  in_scope_of(*value.type(), [&] { data = value.type()->to_host(value.data().get()); });
  return Value(*value.type(), std::move(data));
}

}  // namespace calotype
