#include "plugin/quarantine.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "plugin/plugin_error.h"

namespace calotype {

Quarantine::Quarantine(std::filesystem::path file)
    : file_{std::move(file), "calotype_quarantine", 1, "libraries", std::uintmax_t{16} << 20} {
  try {
    for (const auto& row : file_.read()) {
      entries_[row.at("digest").get<std::string>()] = {row.at("size").get<std::uint64_t>(),
                                                       row.at("library").get<std::string>(),
                                                       row.at("what").get<std::string>()};
    }
  } catch (const nlohmann::json::exception&) {
    entries_.clear();
  }
}

void Quarantine::check(const TrustedFile& library) const {
  const bool possible = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry.second.size == library.identity().size;
  });
  if (!possible) return;
  const auto found = entries_.find(library.digest());
  if (found != entries_.end()) throw refusal(library.path(), found->second.what);
}

void Quarantine::add(const TrustedFile& library, const std::string& what) {
  entries_[library.digest()] = {library.identity().size, library.path().string(), what};
  changed_ = true;
}

void Quarantine::save() {
  if (!changed_) return;
  auto rows = nlohmann::json::array();
  for (const auto& [digest, entry] : entries_) {
    rows.push_back({{"digest", digest},
                    {"size", entry.size},
                    {"library", entry.library},
                    {"what", entry.what}});
  }
  file_.write(std::move(rows));
  changed_ = false;
}

Error Quarantine::refusal(const std::filesystem::path& library, const std::string& what) const {
  std::string hint = "rebuild or remove it; it is looked at again when its content changes";
  if (!file_.path.empty()) hint += ", or when " + quote(file_.path.string()) + " is deleted";
  return plugin_error(library, "the plugin is not loaded: " + what, std::move(hint));
}

}  // namespace calotype
