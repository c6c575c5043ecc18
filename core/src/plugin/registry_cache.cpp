#include "plugin/registry_cache.h"

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace calotype {

namespace {

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

RegistryCache::RegistryCache(std::filesystem::path file)
    : file_{std::move(file), "calotype_plugins", 1, "plugins", std::uintmax_t{64} << 20} {
  try {
    for (const auto& row : file_.read()) {
      Entry entry = from_json(row);
      std::string library = entry.plugin.library;
      entries_.insert_or_assign(std::move(library), std::move(entry));
    }
  } catch (const nlohmann::json::exception&) {
    entries_.clear();  // what it held is learnt again
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
  if (!changed_) return;
  auto rows = nlohmann::json::array();
  for (const auto& [library, entry] : entries_) {
    std::error_code ignored;
    if (std::filesystem::exists(library, ignored)) rows.push_back(to_json(entry));
  }
  file_.write(std::move(rows));
  changed_ = false;
}

}  // namespace calotype
