#include "run_report.h"

#include <sys/resource.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "session.h"

namespace calotype::cli {

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const long own = usage.ru_maxrss;
  getrusage(RUSAGE_CHILDREN, &usage);  // the worker of an isolated run
  return static_cast<std::uint64_t>(std::max(own, usage.ru_maxrss)) * 1024;
}

std::string to_json(const RunReport& report) {
  nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
  for (const NodeReport& node : report.result->nodes) {
    nodes.push_back({{"id", node.id},
                     {"type", node.type},
                     {"plugin", node.plugin},
                     {"status", to_text(node.status)},
                     {"reason", node.reason},
                     {"seconds", node.seconds},
                     {"bytes", node.bytes}});
  }
  const nlohmann::ordered_json json = {
      {"graph", report.graph},
      {"seconds", report.result->seconds},
      {"peak_rss_bytes", peak_rss_bytes()},
      {"nodes", nodes},
      {"outputs", report.outputs},
      {"versions", {{"calotype", calotype_version()}, {"torch", torch_version()}}}};
  return json.dump(2) + "\n";
}

}  // namespace calotype::cli
