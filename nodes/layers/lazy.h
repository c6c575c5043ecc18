#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace calotype {

/// A value that is made when it is first asked for. Thread-safe; when making throws, the next call
/// tries again.
template <class T>
class Lazy {
 public:
  /// `make` returns a std::shared_ptr<const T>; callers wait for each other.
  template <class Make>
  std::shared_ptr<const T> get(Make&& make) const {
    const std::scoped_lock lock(mutex_);
    if (!value_) value_ = std::forward<Make>(make)();
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const T> value_;
};

}  // namespace calotype
