#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "run/explain.h"

namespace calotype {

namespace {

constexpr int kRecordsVersion = 2;
constexpr std::uintmax_t kMaxRecordsBytes = std::uintmax_t{16} << 20;
/// Files of graphs that were run longest ago are deleted beyond this.
constexpr std::size_t kMaxGraphs = 256;

using Json = nlohmann::json;

Json to_json(const NodeRecord::Fields& fields) {
  Json list = Json::array();
  for (const auto& [name, value] : fields) list.push_back(Json::array({name, value}));
  return list;
}

NodeRecord::Fields read_fields(const Json& list) {
  NodeRecord::Fields fields;
  for (const Json& pair : list) {
    fields.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  }
  return fields;
}

/// Which graph a plan belongs to. Graphs made in code share one name.
std::string graph_name(const PlanTables& plan) {
  const auto& source = plan.graph.source;
  if (!source || source->file.empty()) return {};
  std::error_code error;
  const auto path = std::filesystem::absolute(source->file, error);
  return error ? source->file : path.lexically_normal().string();
}

std::optional<std::string> read_small_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > kMaxRecordsBytes) return {};
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return {};
  return text;
}

void delete_oldest(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const auto time = it->last_write_time(gone);
    if (!gone) files.emplace_back(time, it->path());
  }
  if (files.size() <= kMaxGraphs) return;
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i + kMaxGraphs < files.size(); ++i) fs::remove(files[i].second, error);
}

/// Ids that are gone stay for a while, in case they come back.
void forget_missing(NodeRecords& records, const std::vector<NodeReport>& reports) {
  if (records.size() <= 2 * reports.size() + 100) return;
  std::set<std::string_view> present;
  for (const NodeReport& report : reports) present.insert(report.id);
  std::erase_if(records, [&](const auto& row) { return !present.contains(row.first); });
}

}  // namespace

std::string format_records(const NodeRecords& records) {
  Json nodes = Json::object();
  for (const auto& [id, r] : records) {
    nodes[id] = {{"key", r.key},
                 {"type", r.type},
                 {"version", r.version},
                 {"code", r.code},
                 {"environment", r.environment},
                 {"params", to_json(r.params)},
                 {"files", to_json(r.files)},
                 {"inputs", to_json(r.inputs)}};
  }
  const Json all = {{"version", kRecordsVersion}, {"nodes", std::move(nodes)}};
  // Texts that are not UTF-8 may be shown wrongly; nothing else depends on them.
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<NodeRecords> parse_records(const std::string& text) {
  try {
    const Json all = Json::parse(text);
    if (all.at("version").get<int>() != kRecordsVersion) return {};
    NodeRecords records;
    for (const auto& [id, node] : all.at("nodes").items()) {
      NodeRecord& r = records[id];
      r.key = node.at("key").get<std::string>();
      r.type = node.at("type").get<std::string>();
      r.version = node.at("version").get<int>();
      r.code = node.at("code").get<std::string>();
      r.environment = node.at("environment").get<std::string>();
      r.params = read_fields(node.at("params"));
      r.files = read_fields(node.at("files"));
      r.inputs = read_fields(node.at("inputs"));
    }
    return records;
  } catch (const Json::exception&) {
    return {};
  }
}

bool ExplainStore::is_used() const {
  const std::lock_guard lock(mutex_);
  return used_ || !folder_.empty();
}

void ExplainStore::use() {
  const std::lock_guard lock(mutex_);
  used_ = true;
}

std::filesystem::path ExplainStore::file_of(const std::string& graph) const {
  return folder_ / (hash_bytes(graph.data(), graph.size()).hex() + ".json");
}

NodeRecords& ExplainStore::records_of(const PlanTables& plan) {
  const std::string graph = graph_name(plan);
  const auto found = graphs_.find(graph);
  if (found != graphs_.end()) return found->second;
  if (graphs_.size() >= kMaxGraphs) graphs_.clear();
  std::optional<NodeRecords> records;
  if (!folder_.empty()) {
    if (const auto text = read_small_file(file_of(graph))) records = parse_records(*text);
  }
  return graphs_[graph] = std::move(records).value_or(NodeRecords());
}

void ExplainStore::explain(const PlanTables& plan, std::vector<NodeReport>& reports,
                           bool cache_is_on) {
  const std::lock_guard lock(mutex_);
  const NodeRecords& records = records_of(plan);
  const std::vector<bool> wanted = wanted_nodes(plan);
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    NodeReport& report = reports[i];
    if (report.status == NodeStatus::ran) {
      const auto before = records.find(report.id);
      report.reason =
          explain_run(plan, i, before == records.end() ? nullptr : &before->second, cache_is_on);
    } else if (report.status == NodeStatus::skipped) {
      report.reason = wanted[i] ? "not needed, everything that depends on it is cached"
                                : "no wanted output depends on it";
    } else {
      report.reason = "unchanged";
    }
  }
}

void ExplainStore::update(const PlanTables& plan, const std::vector<NodeReport>& reports) {
  const std::lock_guard lock(mutex_);
  NodeRecords& records = records_of(plan);
  bool changed = false;
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    if (reports[i].status == NodeStatus::skipped || !plan.cacheable[i]) continue;
    NodeRecord& record = records[reports[i].id];
    if (record.key == plan.node_keys[i].hex()) continue;
    record = make_record(plan, i);
    changed = true;
  }
  if (!changed || folder_.empty()) return;
  forget_missing(records, reports);
  const std::string text = format_records(records);
  if (text.size() > kMaxRecordsBytes) return;
  try {
    const auto file = file_of(graph_name(plan));
    std::filesystem::create_directories(folder_);
    const bool is_new = !std::filesystem::exists(file);
    AtomicFile out(file);
    out.write(text);
    out.commit();
    if (is_new) delete_oldest(folder_);
  } catch (const std::exception&) {
    // Explanations are a convenience; a folder that cannot be written is reported by the cache.
  }
}

}  // namespace calotype
