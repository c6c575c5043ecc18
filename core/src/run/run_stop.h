#pragma once
#include <functional>
#include <stop_token>

#include "calotype/enclosing_run.h"

namespace calotype {

/// The stop source of one run: asked by who started the run, by the run around it, or by a failure.
class RunStop {
 public:
  explicit RunStop(const std::stop_token& asked)
      : asked_(asked, [this] { source_.request_stop(); }),
        around_(EnclosingRun::current().stop(), [this] { source_.request_stop(); }) {}

  const std::stop_source& source() const { return source_; }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> asked_;
  std::stop_callback<std::function<void()>> around_;
};

}  // namespace calotype
