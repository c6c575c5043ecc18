#pragma once
/// What a node may ask of the run that it is part of. One object per node run; used by that node's
/// thread only. A default-constructed context is never cancelled and drops progress, for tests.
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/api.h"

namespace calotype {

struct PortType;

/// `step` of `steps` are finished; 0 <= step <= steps.
struct Progress {
  std::int64_t step = 0;
  std::int64_t steps = 0;
};

class CALOTYPE_API RunContext {
 public:
  RunContext() = default;
  RunContext(std::stop_token stop, std::function<void(const Progress&)> on_progress,
             std::function<void(const std::string&)> on_warning = {},
             std::function<const PortType*(std::string_view)> find_type = {})
      : stop_(std::move(stop)),
        on_progress_(std::move(on_progress)),
        on_warning_(std::move(on_warning)),
        find_type_(std::move(find_type)) {}

  bool cancelled() const { return stop_.stop_requested(); }
  /// Throws Error(cancelled) when the run was asked to stop. Call it at least once per step.
  void check_cancelled() const;
  void progress(std::int64_t step, std::int64_t steps) const;
  /// One sentence for the user; the node goes on.
  void warn(const std::string& text) const;
  /// The port type of this name; opens the plugin that has it. Throws Error(run) when none has.
  const PortType& port_type(std::string_view name) const;

 private:
  std::stop_token stop_;
  std::function<void(const Progress&)> on_progress_;
  std::function<void(const std::string&)> on_warning_;
  std::function<const PortType*(std::string_view)> find_type_;
};

}  // namespace calotype
