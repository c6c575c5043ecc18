#include "crash_report.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

namespace calotype::cli {

namespace {

constexpr int kCrashSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// One node that runs. The handler may read at any moment, so nothing is ever freed: the text is
/// written before `shown` is set, and the slot is used again only after it was cleared.
struct RunningSlot {
  std::atomic<bool> shown = false;
  std::array<char, 512> text{};
  std::size_t size = 0;
  const ResolvedNode* node = nullptr;
};

/// More nodes than run at once on any machine; further ones are not named.
std::array<RunningSlot, 64> g_running;
std::array<char, 65536> g_handler_stack;

void show(const ResolvedNode& node) {
  for (RunningSlot& slot : g_running) {
    if (slot.shown) continue;
    const auto end = fmt::format_to_n(slot.text.data(), slot.text.size(), "node {} ({}, plugin {})",
                                      quote(node.id), node.schema->type, node.schema->plugin);
    slot.size = std::min(end.size, slot.text.size());
    slot.node = &node;
    slot.shown = true;
    return;
  }
}

void hide(const ResolvedNode& node) {
  for (RunningSlot& slot : g_running) {
    if (slot.shown && slot.node == &node) slot.shown = false;
  }
}

/// Only what is safe in a signal handler.
void write_text(const char* text, std::size_t size) {
  const ssize_t written = ::write(STDERR_FILENO, text, size);
  (void)written;  // there is nobody left to tell
}
void write_text(const char* text) { write_text(text, ::strlen(text)); }

/// Installed with SA_RESETHAND: the second time the signal ends the process.
void report_crash(int signal) {
  write_text("\n");
  bool any = false;
  for (const RunningSlot& slot : g_running) {
    if (!slot.shown) continue;
    any = true;
    write_text(slot.text.data(), slot.size);
    write_text(": the program crashed with SIG");
    write_text(::sigabbrev_np(signal));
    write_text(" while this node ran\n");
  }
  if (any) write_text("  hint: calotype run --isolate survives it and keeps what was finished\n");
  ::raise(signal);
}

}  // namespace

CrashReport::CrashReport(Observer* next) : next_(next) {
  stack_t stack{};
  stack.ss_sp = g_handler_stack.data();
  stack.ss_size = g_handler_stack.size();
  ::sigaltstack(&stack,
                nullptr);  // of this thread, which runs nodes too; a deep recursion needs it
  struct sigaction action {};
  action.sa_handler = report_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
  for (const int signal : kCrashSignals) ::sigaction(signal, &action, nullptr);
}

CrashReport::~CrashReport() {
  for (const int signal : kCrashSignals) ::signal(signal, SIG_DFL);
  for (RunningSlot& slot : g_running) slot.shown = false;
}

void CrashReport::run_started(const std::vector<const ResolvedNode*>& nodes) {
  if (next_) next_->run_started(nodes);
}

void CrashReport::node_started(const ResolvedNode& node) {
  show(node);
  if (next_) next_->node_started(node);
}

void CrashReport::node_progress(const ResolvedNode& node, const Progress& progress) {
  if (next_) next_->node_progress(node, progress);
}

void CrashReport::node_warning(const ResolvedNode& node, const std::string& text) {
  if (next_) next_->node_warning(node, text);
}

void CrashReport::node_finished(const ResolvedNode& node, const NodeReport& report) {
  hide(node);
  if (next_) next_->node_finished(node, report);
}

void CrashReport::node_failed(const ResolvedNode& node, const Error& error) {
  hide(node);
  if (next_) next_->node_failed(node, error);
}

}  // namespace calotype::cli
