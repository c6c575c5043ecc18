#pragma once
// What a bad plugin may do to the process that it is in.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

/// Takes memory without end. Limits count what may be written to, touched or not.
inline void eat_memory() {
  std::vector<std::unique_ptr<char[]>> pieces;
  for (;;) pieces.push_back(std::make_unique_for_overwrite<char[]>(std::size_t{64} << 20));
}

/// The sanitizers would report it and go on, or end the process in their own way.
__attribute__((no_sanitize("address", "undefined"))) inline void write_nowhere() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

/// Returns only when the act is one that leaves the process alive, such as "nothing".
inline void act(std::string_view what) {
  if (what == "throw_std") throw std::runtime_error("no luck today");
  if (what == "throw_int") throw 42;
  if (what == "segfault") write_nowhere();
  if (what == "abort") std::abort();
  if (what == "late_abort") {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::abort();
  }
  if (what == "loop") {
    volatile bool forever = true;
    while (forever) {
    }
  }
  if (what == "exit") std::exit(3);
  if (what == "exit_zero") std::exit(0);
  if (what == "eat_memory") eat_memory();
  if (what == "killed") std::raise(SIGKILL);
  if (what == "leave_thread") {
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
  if (what == "throw_in_thread") {
    std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
  }
}
