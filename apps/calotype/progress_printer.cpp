#include "progress_printer.h"

#include <fmt/format.h>

#include <algorithm>

namespace calotype::cli {

namespace {

constexpr int kBarWidth = 30;
constexpr auto kRedrawEvery = std::chrono::milliseconds(50);

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// "3.41 it/s", or "2.7 s/it" when a step takes longer than a second.
std::string speed(double steps, double seconds) {
  if (steps <= 0 || seconds <= 0) return "";
  const double rate = steps / seconds;
  return rate >= 1 ? fmt::format("{:.2f} it/s", rate) : fmt::format("{:.2f} s/it", 1 / rate);
}

}  // namespace

void ProgressPrinter::run_started(const std::vector<const ResolvedNode*>& nodes) {
  for (const ResolvedNode* node : nodes) width_ = std::max(width_, node->id.size());
}

void ProgressPrinter::node_started(const ResolvedNode& node) {
  started_[node.id] = Clock::now();
  if (is_terminal_) draw_bar(node, {0, 0});
}

void ProgressPrinter::node_progress(const ResolvedNode& node, const Progress& progress) {
  const bool last = progress.step >= progress.steps;
  if (!is_terminal_ || (!last && Clock::now() - drawn_ < kRedrawEvery)) return;
  draw_bar(node, progress);
}

void ProgressPrinter::node_warning(const ResolvedNode& node, const std::string& text) {
  clear_bar();
  fmt::print(out_, "warning: node {}: {}\n", quote(node.id), text);
}

void ProgressPrinter::node_finished(const ResolvedNode& node, const NodeReport& report) {
  clear_bar();
  if (report.status == NodeStatus::ran) {
    fmt::print(out_, "{:<{}}  {:.2f} s\n", node.id, width_, report.seconds);
  } else {
    fmt::print(out_, "{:<{}}  cached ({})\n", node.id, width_, to_text(report.status));
  }
  std::fflush(out_);
}

void ProgressPrinter::node_failed(const ResolvedNode& node, const Error&) {
  clear_bar();
  fmt::print(out_, "{:<{}}  failed\n", node.id, width_);
}

void ProgressPrinter::clear_bar() {
  if (bar_shown_) fmt::print(out_, "\r\x1b[K");
  bar_shown_ = false;
}

void ProgressPrinter::draw_bar(const ResolvedNode& node, const Progress& progress) {
  const double seconds = seconds_since(started_[node.id]);
  clear_bar();
  if (progress.steps > 0) {
    const auto filled = static_cast<int>(progress.step * kBarWidth / progress.steps);
    const double left = progress.step > 0 ? seconds / static_cast<double>(progress.step) *
                                                static_cast<double>(progress.steps - progress.step)
                                          : 0;
    fmt::print(out_, "{:<{}}  [{:#<{}}{:.<{}}] {}/{}  {}  {:.0f} s left", node.id, width_, "",
               filled, "", kBarWidth - filled, progress.step, progress.steps,
               speed(static_cast<double>(progress.step), seconds), left);
  } else {
    fmt::print(out_, "{:<{}}  ...", node.id, width_);
  }
  std::fflush(out_);
  bar_shown_ = true;
  drawn_ = Clock::now();
}

}  // namespace calotype::cli
