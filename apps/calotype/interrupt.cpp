#include "interrupt.h"

#include <csignal>
#include <cstdio>
#include <ctime>

#include <unistd.h>

namespace calotype::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this](const std::stop_token& ended) {
    const sigset_t waited = stop_signals();
    const timespec tick{0, 100'000'000};
    while (!ended.stop_requested()) {
      if (sigtimedwait(&waited, nullptr, &tick) <= 0 || ended.stop_requested()) continue;
      if (stop_.stop_requested()) _exit(130);
      std::fputs("\nstopping after the current step; press Ctrl-C again to stop at once\n", stderr);
      stop_.request_stop();
    }
  });
}

Interrupt::~Interrupt() {
  waiter_.request_stop();
  // Ends its wait at once; the signal is for that thread alone, where it is blocked.
  pthread_kill(waiter_.native_handle(), SIGINT);
  waiter_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace calotype::cli
