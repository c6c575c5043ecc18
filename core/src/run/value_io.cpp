#include "calotype/value_io.h"

#include <exception>
#include <functional>
#include <utility>

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

Value load_value(const PortType& type, const TensorArchive& archive, const std::string& hint) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::io, "this is not a saved " + type.name + ": " + why, hint);
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
  if (!value || !value.type()->save) {
    throw Error(ErrorCode::run,
                "values of type " + (value ? value.type()->name : "nothing") + " cannot be saved",
                "choose an output of a type such as Image or Latent");
  }
  TensorArchive archive;
  in_scope_of(*value.type(), [&] { archive = value.type()->save(value.data()); });
  return archive;
}

Value host_copy(const Value& value) {
  if (!value.type()->to_host) return value;
  std::shared_ptr<const void> data;
  in_scope_of(*value.type(), [&] { data = value.type()->to_host(value.data().get()); });
  return Value(*value.type(), std::move(data));
}

Preview preview_of(const Value& value) {
  Preview preview;
  if (!value || !value.type()->preview) return preview;
  in_scope_of(*value.type(), [&] { preview = value.type()->preview(value.data().get()); });
  return preview;
}

}  // namespace calotype
