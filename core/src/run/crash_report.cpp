#include "calotype/crash_report.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace calotype {

namespace {

constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kSignalStackBytes = 65536;

enum class SlotState { free, taken, shown };

/// One node that runs. The handler may read at any moment, so nothing is ever deleted: the text is
/// written before the slot is shown, and again only after it was freed.
struct RunningSlot {
  std::atomic<SlotState> state = SlotState::free;
  std::array<char, 512> text{};
  std::size_t size = 0;
  std::atomic<const Observer*> run = nullptr;
  std::atomic<const ResolvedNode*> node = nullptr;
};

/// More nodes than run at once on any machine; further ones are not named.
std::array<RunningSlot, 64> g_running;
std::atomic<bool> g_reported = false;

/// The node that this thread runs.
thread_local const RunningSlot* t_running = nullptr;

std::mutex g_handlers_mutex;
int g_reports = 0;
std::array<struct sigaction, kCrashSignals.size()> g_handlers_before;

void show(const Observer* run, const ResolvedNode& node) {
  for (RunningSlot& slot : g_running) {
    SlotState expected = SlotState::free;
    if (!slot.state.compare_exchange_strong(expected, SlotState::taken)) continue;
    const auto end = fmt::format_to_n(slot.text.data(), slot.text.size(), "node {} ({}, plugin {})",
                                      quote(node.id), node.schema->type, node.schema->plugin);
    slot.size = std::min(end.size, slot.text.size());
    slot.run = run;
    slot.node = &node;
    slot.state = SlotState::shown;
    t_running = &slot;
    return;
  }
}

/// Takes back one node, or all of the run.
void hide(const Observer* run, const ResolvedNode* node = nullptr) {
  for (RunningSlot& slot : g_running) {
    if (slot.state != SlotState::shown || slot.run != run) continue;
    if (node && slot.node != node) continue;
    slot.state = SlotState::free;
    if (t_running == &slot) t_running = nullptr;
  }
}

/// Only what is safe in a signal handler.
void write_text(const char* text, std::size_t size) {
  const ssize_t written = ::write(STDERR_FILENO, text, size);
  (void)written;  // there is nobody left to tell
}
void write_text(const char* text) { write_text(text, ::strlen(text)); }

void write_hint() {
  write_text(
      "  hint: an isolated run survives it and keeps what was finished (calotype run --isolate, in "
      "Python Engine(isolate=True))\n");
}

void name_running_nodes(int signal) {
  bool any = false;
  for (const RunningSlot& slot : g_running) {
    if (slot.state != SlotState::shown) continue;
    if (!any) write_text("\n");
    any = true;
    write_text(slot.text.data(), slot.size);
    write_text(": the program crashed with SIG");
    write_text(::sigabbrev_np(signal));
    write_text(" while this node ran\n");
  }
  if (any) write_hint();
}

/// What a plugin ends with exit() would look like success, or like an error of another kind.
void refuse_exit() {
  if (!t_running) return;
  write_text("\n");
  write_text(t_running->text.data(), t_running->size);
  write_text(": the plugin ended the program while this node ran\n");
  write_hint();
  ::_exit(1);
}

/// Handlers that call each other in turn end here: the second time the signal ends the process.
void report_crash(int signal, siginfo_t* info, void*) {
  const bool again = g_reported.exchange(true);
  if (!again) name_running_nodes(signal);
  struct sigaction next {};
  next.sa_handler = SIG_DFL;
  for (std::size_t i = 0; !again && i < kCrashSignals.size(); ++i) {
    if (kCrashSignals[i] == signal) next = g_handlers_before[i];
  }
  ::sigaction(signal, &next, nullptr);
  // A fault happens again on return, with its own address; what was sent must be sent again.
  if (info->si_code <= 0) ::raise(signal);
}

void install_handlers() {
  struct sigaction action {};
  action.sa_sigaction = report_crash;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  for (std::size_t i = 0; i < kCrashSignals.size(); ++i) {
    ::sigaction(kCrashSignals[i], &action, &g_handlers_before[i]);
  }
}

/// Where somebody else has set a handler since, it stays.
void restore_handlers() {
  for (std::size_t i = 0; i < kCrashSignals.size(); ++i) {
    struct sigaction now {};
    ::sigaction(kCrashSignals[i], nullptr, &now);
    if (now.sa_sigaction == report_crash) {
      ::sigaction(kCrashSignals[i], &g_handlers_before[i], nullptr);
    }
  }
}

/// What the handler runs on in this thread: a recursion without end leaves it no room elsewhere.
class SignalStack {
 public:
  SignalStack() {
    stack_t now{};
    if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
    bytes_ = std::make_unique<char[]>(kSignalStackBytes);
    stack_t stack{};
    stack.ss_sp = bytes_.get();
    stack.ss_size = kSignalStackBytes;
    ::sigaltstack(&stack, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack() {
    stack_t now{};
    if (!bytes_ || ::sigaltstack(nullptr, &now) != 0 || now.ss_sp != bytes_.get()) return;
    now.ss_flags = SS_DISABLE;
    ::sigaltstack(&now, nullptr);
  }

 private:
  std::unique_ptr<char[]> bytes_;
};

}  // namespace

CrashReport::CrashReport(Observer* next) : next_(next) {
  static const int at_exit = std::atexit(refuse_exit);
  (void)at_exit;  // without it a plugin's exit() goes unnoticed
  const std::lock_guard lock(g_handlers_mutex);
  if (g_reports++ == 0) install_handlers();
}

CrashReport::~CrashReport() {
  hide(this);
  const std::lock_guard lock(g_handlers_mutex);
  if (--g_reports == 0) restore_handlers();
}

void CrashReport::run_started(const std::vector<const ResolvedNode*>& nodes) {
  if (next_) next_->run_started(nodes);
}

void CrashReport::node_started(const ResolvedNode& node) {
  thread_local const SignalStack stack;
  show(this, node);
  if (next_) next_->node_started(node);
}

void CrashReport::node_progress(const ResolvedNode& node, const Progress& progress) {
  if (next_) next_->node_progress(node, progress);
}

void CrashReport::node_warning(const ResolvedNode& node, const std::string& text) {
  if (next_) next_->node_warning(node, text);
}

void CrashReport::node_finished(const ResolvedNode& node, const NodeReport& report) {
  hide(this, &node);
  if (next_) next_->node_finished(node, report);
}

void CrashReport::node_failed(const ResolvedNode& node, const Error& error) {
  hide(this, &node);
  if (next_) next_->node_failed(node, error);
}

void CrashReport::deliver() {
  if (next_) next_->deliver();
}

}  // namespace calotype
