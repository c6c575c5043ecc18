#include "run_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "session.h"

namespace calotype::cli {

RunReport::Failure failure_of(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return {std::string(to_text(ours ? ours->code() : ErrorCode::internal)), error.what()};
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const long own = usage.ru_maxrss;
  getrusage(RUSAGE_CHILDREN, &usage);  // the worker of an isolated run
  return static_cast<std::uint64_t>(std::max(own, usage.ru_maxrss)) * 1024;
}

std::string to_json(const RunReport& report) {
  using Json = nlohmann::ordered_json;
  Json nodes = Json::array();
  for (const auto& [node, status] : report.nodes) {
    nodes.push_back({{"id", node.id},
                     {"type", node.type},
                     {"plugin", node.plugin},
                     {"status", status},
                     {"reason", node.reason},
                     {"seconds", node.seconds},
                     {"bytes", node.bytes},
                     {"warnings", node.warnings}});
  }
  Json json = {{"graph", report.graph},
               {"seconds", report.seconds},
               {"peak_rss_bytes", peak_rss_bytes()},
               {"seeds", report.seeds},
               {"nodes", nodes},
               {"outputs", report.outputs},
               {"versions", {{"calotype", calotype_version()}, {"torch", torch_version()}}}};
  if (report.error) {
    json["error"] = {{"kind", report.error->kind}, {"message", report.error->message}};
  }
  // File names may be any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_report(const RunReport& report, const std::filesystem::path& file) {
  std::fflush(stdout);  // the report may go there too, behind the names of the files
  AtomicFile out(file);
  out.write(to_json(report));
  out.commit();
}

}  // namespace calotype::cli
