#include "plugin/plugin_scan.h"

#include <fmt/format.h>

#include <cstdlib>
#include <span>
#include <utility>

#include "isolate/child_process.h"
#include "isolate/error_message.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"

namespace calotype {

namespace {

using Clock = MessageChannel::Clock;
using Message = nlohmann::json;

ScannedPlugin scanned_from(const Message& message) {
  ScannedPlugin scanned;
  message.at("id").get_to(scanned.plugin.id);
  message.at("version").get_to(scanned.plugin.version);
  message.at("library").get_to(scanned.plugin.library);
  message.at("schemas").get_to(scanned.schemas);
  message.at("threads").get_to(scanned.threads);
  const Message& file = message.at("file");
  file.at(0).get_to(scanned.file.size);
  file.at(1).get_to(scanned.file.mtime_ns);
  file.at(2).get_to(scanned.file.inode);
  file.at(3).get_to(scanned.file.device);
  return scanned;
}

/// One child that looks at libraries one after the other.
class ScanChild {
 public:
  ScanChild(const std::filesystem::path& program, std::span<const std::filesystem::path> libraries)
      : child_(program, command(libraries)), limit_(scan_deadline()) {}

  /// False when the program is not of this build. Throws Error(io) when it does not answer, which
  /// no plugin is to blame for: none is open yet.
  bool begin() {
    Message hello;
    switch (child_.receive(hello, Clock::now() + kStartLimit)) {
      case MessageChannel::Got::nothing:
        throw Error(ErrorCode::io, "the process that scans plugins does not start",
                    "the machine may be overloaded; try again");
      case MessageChannel::Got::end:
        return false;
      case MessageChannel::Got::message:
        break;
    }
    return hello.is_object() && hello.value("hello", "") == build_identity();
  }

  /// The verdict on the next library.
  ScanVerdict next() {
    step_.clear();
    const auto until = Clock::now() + limit_;
    for (;;) {
      Message message;
      switch (child_.receive(message, until)) {
        case MessageChannel::Got::nothing:
          return dead(fmt::format("it did not end within {} s",
                                  std::chrono::duration<double>(limit_).count()));
        case MessageChannel::Got::end:
          return dead(end_text());
        case MessageChannel::Got::message:
          break;
      }
      try {
        if (message.contains("error")) return {{}, error_from(message.at("error")), {}};
        if (message.contains("plugin")) return {scanned_from(message.at("plugin")), {}, {}};
        message.at("step").get_to(step_);
      } catch (const nlohmann::json::exception&) {
        return dead("it sent something that cannot be read");
      }
    }
  }

 private:
  static std::vector<std::string> command(std::span<const std::filesystem::path> libraries) {
    std::vector<std::string> arguments = {"scan-plugin", "--"};
    for (const auto& library : libraries) arguments.push_back(library.string());
    return arguments;
  }

  std::string end_text() {
    // A child that broke the rules of the channel may still live.
    child_.kill();
    const ProcessEnd end = child_.wait();
    if (end.signal == 0 && end.exit_code == kScanOutOfMemory) {
      return fmt::format("it wanted more than {} GiB of memory", kScanMemory >> 30);
    }
    return "it " + to_text(end);
  }

  ScanVerdict dead(const std::string& how) const {
    const std::string_view when = step_ == "open" ? " while it was opened"
                                  : step_.empty() ? " before it was opened"
                                                  : " while it registered its nodes";
    return {{}, {}, how + std::string(when)};
  }

  static constexpr auto kStartLimit = std::chrono::seconds(60);

  ChildProcess child_;
  const std::chrono::milliseconds limit_;
  std::string step_;
};

}  // namespace

std::chrono::milliseconds scan_deadline() {
  constexpr double kSeconds = 20;
  const char* text = std::getenv("CALOTYPE_SCAN_SECONDS");
  const double seconds = text ? std::strtod(text, nullptr) : 0;
  const bool usable = seconds > 0 && seconds <= 86'400;
  return std::chrono::milliseconds(static_cast<std::int64_t>(1000 * (usable ? seconds : kSeconds)));
}

std::optional<std::vector<ScanVerdict>> scan_plugins(
    const std::vector<std::filesystem::path>& libraries) {
  const auto program = calotype_program();
  if (!program) return {};
  std::vector<ScanVerdict> verdicts;
  while (verdicts.size() < libraries.size()) {
    ScanChild child(*program, std::span(libraries).subspan(verdicts.size()));
    if (!child.begin()) return {};
    for (bool first = true; verdicts.size() < libraries.size(); first = false) {
      ScanVerdict verdict = child.next();
      const bool died = !verdict.died.empty();
      // Another library may have damaged the process before: this one gets a process of its own.
      if (died && !first) break;
      verdicts.push_back(std::move(verdict));
      if (died) break;
    }
  }
  return verdicts;
}

}  // namespace calotype
