#pragma once
/// Runs graphs: only what the wanted outputs need and what no cache holds. An engine may run
/// several graphs at once from several threads; they share the caches.
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "calotype/api.h"
#include "calotype/cache.h"
#include "calotype/observer.h"
#include "calotype/registry.h"
#include "calotype/validate.h"

namespace calotype {

struct EngineOptions {
  std::size_t host_budget = 0;    ///< bytes of the memory cache; 0 = half of physical memory
  std::size_t device_budget = 0;  ///< 0 = no limit but the device's own
  /// Folder of the disk cache, file digests and explanations; empty = none.
  std::filesystem::path cache_folder;
  std::uint64_t disk_budget = std::uint64_t{5} << 30;
  int workers = 0;  ///< threads; 0 = number of cores
  /// Part of every key: what else decides results (torch version, device class).
  std::string environment;
};

struct RunOptions {
  bool use_cache = true;  ///< false: nothing is read from or written to any cache
  bool explain = false;   ///< fill NodeReport::reason
  std::stop_token stop;
  Observer* observer = nullptr;  ///< must outlive the run
};

/// A wanted output. It stays an archive when it came from disk, so that writing it to a file needs
/// no plugin.
class CALOTYPE_API OutputValue {
 public:
  OutputValue() = default;
  OutputValue(std::string type, Value value);
  OutputValue(std::string type, TensorArchive archive, Registry* registry);

  const std::string& port_type() const { return type_; }
  /// Opens the plugin when the value is still an archive.
  Value value() const;
  /// Throws Error(run) when values of this type cannot be saved (models).
  TensorArchive archive() const;

 private:
  std::string type_;
  Value value_;
  std::optional<TensorArchive> archive_;
  Registry* registry_ = nullptr;
};

struct RunResult {
  std::map<std::string, OutputValue> outputs;
  std::vector<NodeReport> nodes;  ///< in plan order, all nodes of the graph
  double seconds = 0;
};

/// A validated graph with its cache keys. Reusable and thread-safe; files are digested when made.
/// Keeps the node types that are open.
class CALOTYPE_API Plan {
 public:
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();
  const ResolvedGraph& graph() const&;
  /// Of a plan that is not needed any more.
  ResolvedGraph graph() &&;
  /// What the nodes' files held when the plan was made: "node.param" -> 32 hexadecimal digits.
  std::map<std::string, std::string> file_digests() const;
  /// Key of output `port` of node `node`.
  Hash128 key(std::uint32_t node, std::uint32_t port) const;

 private:
  friend class Engine;
  struct State;
  explicit Plan(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

class CALOTYPE_API Engine {
 public:
  explicit Engine(std::shared_ptr<Registry>, EngineOptions = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Computes keys; throws Error(io) for a missing or unreadable file parameter, with its place,
  /// and Error(cancelled) when it is asked to stop while it reads files.
  Plan prepare(ResolvedGraph, const std::stop_token& stop = {}) const;
  /// Throws the first failure with its node's place, Error(cancelled) after a stop request. What
  /// was finished by then stays cached; but not what was made from a file that changed meanwhile.
  /// A run that is started inside another one belongs to it (see EnclosingRun).
  RunResult run(const Plan&, const RunOptions& = {});

  /// What `run` would do with each node now, and why, without running anything.
  std::vector<NodeReport> explain(const Plan&) const;

  Registry& registry() const;
  MemoryCache& memory() const;
  /// Null when there is no disk cache.
  DiskCache* disk() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace calotype
