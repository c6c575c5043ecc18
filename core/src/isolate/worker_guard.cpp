#include "isolate/worker_guard.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <utility>

namespace calotype {

namespace {

std::atomic<bool> g_worker_dies = false;
std::atomic<bool> g_results_written = false;

/// Safe in a signal handler. Other threads go on meanwhile, the one that writes results too.
void wait_for_results() {
  g_worker_dies = true;
  constexpr int kTicks = 200;
  const timespec tick{0, 10'000'000};
  for (int i = 0; i < kTicks && !g_results_written; ++i) ::nanosleep(&tick, nullptr);
}

/// Installed for one signal only once (SA_RESETHAND): the second time it ends the process.
void before_crash(int signal) {
  wait_for_results();
  ::raise(signal);
}

void before_exit(int, void*) { wait_for_results(); }

}  // namespace

WorkerGuard::WorkerGuard(MessageChannel& caller, std::function<bool()> all_written)
    : caller_(caller), all_written_(std::move(all_written)) {
  struct sigaction action {};
  action.sa_handler = before_crash;
  action.sa_flags = SA_RESETHAND;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    ::sigaction(signal, &action, nullptr);
  }
  ::on_exit(before_exit, nullptr);
  thread_ = std::jthread([this](const std::stop_token& ended) { watch(ended); });
}

void WorkerGuard::watch(const std::stop_token& ended) {
  constexpr auto kTick = std::chrono::milliseconds(10);
  while (!ended.stop_requested()) {
    nlohmann::json message;
    switch (caller_.receive(message, MessageChannel::Clock::now() + kTick)) {
      case MessageChannel::Got::end:
        ::_exit(1);
      case MessageChannel::Got::message:  // there is only one: stop
        stop_.request_stop();
        break;
      case MessageChannel::Got::nothing:
        break;
    }
    if (g_worker_dies && all_written_()) g_results_written = true;
  }
}

}  // namespace calotype
