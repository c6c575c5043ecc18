#pragma once
/// The inside of a Plan: the graph, its keys, and tables that make one run cheap. Immutable once
/// `prepare` is done.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "calotype/engine.h"

namespace calotype {

/// A file or folder that a node reads, as it was when the plan was made.
struct FileUse {
  std::uint32_t param = 0;
  std::filesystem::path file;
  std::string companion;  ///< see ParamSchema
  Hash128 content;        ///< of `file` alone
  Hash128 key;            ///< with the companion, if there is one
  std::vector<Hash128> stamps;
};

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
  /// Of the nodes that read files.
  std::unordered_map<std::uint32_t, std::vector<FileUse>> files;
  /// Per node: empty, or the params with file paths as they must be opened.
  std::vector<std::vector<ParamValue>> run_params;

  /// One entry per link: consumers[first_consumer[i] ..] are the nodes that read node i.
  std::vector<std::uint32_t> first_consumer;
  std::vector<std::uint32_t> consumers;
  /// Distinct schemas of the graph, and which one each node has.
  std::vector<const NodeSchema*> schemas;
  std::vector<std::uint32_t> schema_of;
  /// Per schema: its node type, unless its plugin is closed still. One that is taken out of the
  /// registry meanwhile can run all the same.
  std::vector<std::shared_ptr<const NodeType>> types;

  std::uint32_t slot(const ResolvedLink& link) const { return first_output[link.node] + link.port; }
  std::uint32_t slots() const { return first_output.back(); }
  const std::vector<ParamValue>& params_to_run(std::uint32_t node) const {
    return run_params[node].empty() ? graph.nodes[node].params : run_params[node];
  }
};

/// Fills `schemas` and `schema_of`.
void list_schemas(PlanTables&);
/// Fills the tables of outputs, consumers and keys; needs `file_digests`.
void build_plan_tables(PlanTables&);

struct Plan::State : PlanTables {};

}  // namespace calotype
