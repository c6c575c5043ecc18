#pragma once
/// The inside of a Plan: the graph, its keys, and tables that make one run cheap. Immutable once
/// `prepare` is done.
#include <cstdint>
#include <string>
#include <vector>

#include "calotype/engine.h"

namespace calotype {

/// Outputs of all nodes are numbered through ("slots"): node i owns the slots
/// first_output[i] .. first_output[i + 1].
struct PlanTables {
  ResolvedGraph graph;
  std::string environment;

  std::vector<std::uint32_t> first_output;
  std::vector<Hash128> node_keys;
  std::vector<Hash128> output_keys;  ///< per slot
  /// 0: impure, or fed by an impure node, so no cache may hold its results.
  std::vector<std::uint8_t> cacheable;
  /// Per node: empty, or per param the digest of the file that it names (zero: not a file).
  std::vector<std::vector<Hash128>> file_digests;
  /// Per node: empty, or the params with file paths as they must be opened.
  std::vector<std::vector<ParamValue>> run_params;

  /// One entry per link: consumers[first_consumer[i] ..] are the nodes that read node i.
  std::vector<std::uint32_t> first_consumer;
  std::vector<std::uint32_t> consumers;
  /// Distinct schemas of the graph, and which one each node has.
  std::vector<const NodeSchema*> schemas;
  std::vector<std::uint32_t> schema_of;

  std::uint32_t slot(const ResolvedLink& link) const { return first_output[link.node] + link.port; }
  std::uint32_t slots() const { return first_output.back(); }
  const std::vector<ParamValue>& params_to_run(std::uint32_t node) const {
    return run_params[node].empty() ? graph.nodes[node].params : run_params[node];
  }
};

/// Fills every table from `graph` and `file_digests`.
void build_plan_tables(PlanTables&);

struct Plan::State : PlanTables {};

}  // namespace calotype
