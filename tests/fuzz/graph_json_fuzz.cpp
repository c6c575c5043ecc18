#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "calotype/error.h"
#include "calotype/graph_json.h"

/// Any bytes give a graph or an Error; a graph survives writing and reading unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  calotype::Graph graph;
  try {
    graph = calotype::parse_graph(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const calotype::Error&) {
    return 0;
  }
  const std::string once = calotype::format_graph(graph);
  const std::string twice = calotype::format_graph(calotype::parse_graph(once, "again"));
  if (once != twice) std::abort();
  return 0;
}
