#pragma once
/// An immutable value of any port type: a type pointer and shared ownership. Copying is cheap and
/// thread-safe like `std::shared_ptr`. Whoever reads it must not write to it.
#include <memory>
#include <utility>

#include "calotype/error.h"
#include "calotype/port_type.h"

namespace calotype {

class Value {
 public:
  Value() = default;
  /// From a hook's result; `data` must point to a value of `type`.
  Value(const PortType& type, std::shared_ptr<const void> data)
      : type_(&type), data_(std::move(data)) {}

  template <class T>
  static Value of(T v) {
    return Value(PortTraits<T>::type(), std::make_shared<const T>(std::move(v)));
  }

  explicit operator bool() const { return data_ != nullptr; }
  /// Null for an empty value.
  const PortType* type() const { return type_; }
  const std::shared_ptr<const void>& data() const { return data_; }
  MemoryUse memory() const {
    return data_ && type_->memory ? type_->memory(data_.get()) : MemoryUse{};
  }

  /// Throws Error(internal) when the value is of another type: the engine has checked before.
  template <class T>
  const T& as() const {
    const PortType& wanted = PortTraits<T>::type();
    if (!data_ || (type_ != &wanted && type_->name != wanted.name)) {
      throw Error(ErrorCode::internal, "a value of type " + (type_ ? type_->name : "nothing") +
                                           " was read as " + wanted.name);
    }
    return *static_cast<const T*>(data_.get());
  }

 private:
  const PortType* type_ = nullptr;
  std::shared_ptr<const void> data_;
};

}  // namespace calotype
