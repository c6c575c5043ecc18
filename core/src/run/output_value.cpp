#include <utility>

#include "calotype/engine.h"
#include "run/port_hooks.h"

namespace calotype {

OutputValue::OutputValue(std::string type, Value value)
    : type_(std::move(type)), value_(std::move(value)) {}

OutputValue::OutputValue(std::string type, TensorArchive archive, Registry* registry,
                         std::string node_type)
    : type_(std::move(type)),
      archive_(std::move(archive)),
      registry_(registry),
      node_type_(std::move(node_type)) {}

Value OutputValue::value() const {
  if (!archive_) return value_;
  const auto node = registry_->node(node_type_);
  const PortType* type = find_port_type(*node, type_);
  if (!type) {
    throw Error(ErrorCode::run, "node type " + node_type_ + " no longer uses port type " + type_,
                "the plugin changed; run again with --no-cache");
  }
  return load_value(*type, *archive_);
}

TensorArchive OutputValue::archive() const {
  if (archive_) return *archive_;
  if (!value_ || !value_.type()->save) {
    throw Error(ErrorCode::run, "values of type " + type_ + " cannot be saved",
                "choose an output of a type such as Image or Latent");
  }
  return save_value(value_);
}

}  // namespace calotype
