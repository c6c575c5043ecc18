#include "calotype/enclosing_run.h"

#include <utility>

namespace calotype {

EnclosingRun& EnclosingRun::of_this_thread() {
  thread_local EnclosingRun run;
  return run;
}

EnclosingRun EnclosingRun::current() { return of_this_thread(); }

EnclosingRun EnclosingRun::with_stop(std::stop_token stop) const {
  EnclosingRun run = *this;
  run.stop_ = std::move(stop);
  return run;
}

InsideRun::InsideRun(EnclosingRun run)
    : before_(std::exchange(EnclosingRun::of_this_thread(), std::move(run))) {}

InsideRun::~InsideRun() { EnclosingRun::of_this_thread() = std::move(before_); }

}  // namespace calotype
