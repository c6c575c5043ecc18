#include <utility>

#include "calotype/engine.h"
#include "calotype/value_io.h"

namespace calotype {

OutputValue::OutputValue(std::string type, Value value)
    : type_(std::move(type)), value_(std::move(value)) {}

OutputValue::OutputValue(std::string type, TensorArchive archive, Registry* registry)
    : type_(std::move(type)), archive_(std::move(archive)), registry_(registry) {}

Value OutputValue::value() const {
  if (!archive_) return value_;
  const PortType* type = registry_->find_port_type(type_);
  if (!type) {
    throw Error(ErrorCode::run, "no plugin has port type " + type_ + " any more",
                "the plugin changed; run again with --no-cache");
  }
  return load_value(*type, *archive_, "delete it with: calotype cache clear");
}

TensorArchive OutputValue::archive() const {
  if (archive_) return *archive_;
  return save_value(value_);
}

}  // namespace calotype
