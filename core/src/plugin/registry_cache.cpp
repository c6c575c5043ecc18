#include "plugin/registry_cache.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "plugin/abi.h"

namespace calotype {

namespace {

constexpr int kFormat = 1;
constexpr std::uintmax_t kMaxRegistryBytes = std::uintmax_t{64} << 20;

nlohmann::json to_json(const RegistryCache::Entry& entry) {
  return {{"library", entry.plugin.library}, {"size", entry.file.size},
          {"mtime_ns", entry.file.mtime_ns}, {"inode", entry.file.inode},
          {"device", entry.file.device},     {"id", entry.plugin.id},
          {"version", entry.plugin.version}, {"schemas", entry.schemas}};
}

RegistryCache::Entry from_json(const nlohmann::json& json) {
  RegistryCache::Entry entry;
  json.at("library").get_to(entry.plugin.library);
  json.at("size").get_to(entry.file.size);
  json.at("mtime_ns").get_to(entry.file.mtime_ns);
  json.at("inode").get_to(entry.file.inode);
  json.at("device").get_to(entry.file.device);
  json.at("id").get_to(entry.plugin.id);
  json.at("version").get_to(entry.plugin.version);
  json.at("schemas").get_to(entry.schemas);
  return entry;
}

}  // namespace

RegistryCache::RegistryCache(std::filesystem::path file) : file_(std::move(file)) {
  if (file_.empty()) return;
  try {
    read();
  } catch (const nlohmann::json::exception&) {
    // Ours to rewrite: what it held is learnt again.
    entries_.clear();
    changed_ = true;
  }
}

void RegistryCache::read() {
  std::error_code error;
  const auto size = std::filesystem::file_size(file_, error);
  if (error || size > kMaxRegistryBytes) return;
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = nlohmann::json::parse(text);
  if (json.at("calotype_plugins") != kFormat || json.at("build") != build_identity()) {
    changed_ = true;
    return;
  }
  for (const auto& one : json.at("plugins")) {
    Entry entry = from_json(one);
    std::string library = entry.plugin.library;
    entries_.insert_or_assign(std::move(library), std::move(entry));
  }
}

const RegistryCache::Entry* RegistryCache::find(const std::filesystem::path& library,
                                                const FileIdentity& file) const {
  const auto found = entries_.find(library.string());
  return found != entries_.end() && found->second.file == file ? &found->second : nullptr;
}

void RegistryCache::remember(Entry entry) {
  std::string library = entry.plugin.library;
  entries_.insert_or_assign(std::move(library), std::move(entry));
  changed_ = true;
}

void RegistryCache::forget(const std::filesystem::path& library) {
  if (entries_.erase(library.string()) > 0) changed_ = true;
}

void RegistryCache::save() {
  if (file_.empty() || !changed_) return;
  nlohmann::json json = {{"calotype_plugins", kFormat},
                         {"build", build_identity()},
                         {"plugins", nlohmann::json::array()}};
  for (const auto& [library, entry] : entries_) {
    std::error_code ignored;
    if (std::filesystem::exists(library, ignored)) json["plugins"].push_back(to_json(entry));
  }
  std::error_code error;
  std::filesystem::create_directories(file_.parent_path(), error);
  AtomicFile out(file_);
  // A path need not be UTF-8; such a library is simply not found again.
  out.write(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  out.commit();
  changed_ = false;
}

}  // namespace calotype
