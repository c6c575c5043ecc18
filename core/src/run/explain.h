#pragma once
/// Why a node ran: the first part of its key that differs from the last time it had a result.
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calotype/observer.h"
#include "run/plan_tables.h"

namespace calotype {

/// The parts of one node's key, as texts.
struct NodeRecord {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  std::string key;  ///< hexadecimal
  std::string type;
  int version = 0;
  std::string code;
  std::string environment;
  Fields params;  ///< name -> value
  Fields files;   ///< name of a file param -> digest
  Fields inputs;  ///< port -> keys of what is linked
};
using NodeRecords = std::map<std::string, NodeRecord>;  ///< by node id

NodeRecord make_record(const PlanTables&, std::uint32_t node);

/// `param "steps" 20 -> 24` and the like. `before`: null when the node never had a result.
std::string explain_run(const PlanTables&, std::uint32_t node, const NodeRecord* before,
                        bool cache_is_on);

/// Nodes that some wanted output, or a node with an effect, depends on.
std::vector<bool> wanted_nodes(const PlanTables&);

/// Records of the latest runs of each graph, in memory and, given a folder, in
/// `<folder>/<hash of the graph's file>.json`. Thread-safe.
class ExplainStore {
 public:
  explicit ExplainStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// True when `update` is worth its cost: somebody may ask, now or in another process.
  bool is_used() const;
  /// From now on `is_used`.
  void use();
  /// Fills the reasons of `reports` from what is known of earlier runs.
  void explain(const PlanTables&, std::vector<NodeReport>& reports, bool cache_is_on);
  /// Remembers the nodes that had a result.
  void update(const PlanTables&, const std::vector<NodeReport>& reports);

 private:
  NodeRecords& records_of(const PlanTables&);
  std::filesystem::path file_of(const std::string& graph) const;

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
  bool used_ = false;
  std::map<std::string, NodeRecords> graphs_;
};

/// Text of a records file and back; no value when it is damaged.
std::string format_records(const NodeRecords&);
std::optional<NodeRecords> parse_records(const std::string& text);

}  // namespace calotype
