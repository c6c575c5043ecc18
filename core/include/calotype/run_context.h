#pragma once
/// What a node may ask of the run that it is part of. One object per node run; used by that node's
/// thread only. A default-constructed context is never cancelled and drops progress, for tests.
#include <cstdint>
#include <functional>
#include <map>
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
  /// What the run answers with; any may be missing.
  struct Answers {
    std::function<void(const Progress&)> on_progress;
    std::function<void(const std::string&)> on_warning;
    std::function<const PortType*(std::string_view)> find_type;
    std::function<std::map<std::string, std::string>(std::string_view)> provenance;
  };

  RunContext() = default;
  RunContext(std::stop_token stop, Answers answers)
      : stop_(std::move(stop)), answers_(std::move(answers)) {}

  bool cancelled() const { return stop_.stop_requested(); }
  /// Throws Error(cancelled) when the run was asked to stop. Call it at least once per step.
  void check_cancelled() const;
  void progress(std::int64_t step, std::int64_t steps) const;
  /// One sentence for the user; the node goes on.
  void warn(const std::string& text) const;
  /// The port type of this name; opens the plugin that has it. Throws Error(run) when none has.
  const PortType& port_type(std::string_view name) const;
  /// Texts for a file that the node writes, which tell how it was made (calotype/provenance.h);
  /// none outside of a run. `torch_version`: such as "2.13.0".
  std::map<std::string, std::string> provenance(std::string_view torch_version) const;

 private:
  std::stop_token stop_;
  Answers answers_;
};

}  // namespace calotype
