#pragma once
#include <stop_token>
#include <thread>

namespace calotype::cli {

/// Turns Ctrl-C and SIGTERM into a stop request while it lives; a second one ends the process at
/// once. Make it in main's thread before any other thread starts: the signals are blocked for all.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread waiter_;
};

}  // namespace calotype::cli
