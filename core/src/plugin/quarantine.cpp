#include "plugin/quarantine.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/hash.h"
#include "plugin/abi.h"
#include "plugin/plugin_error.h"

namespace calotype {

namespace {

constexpr int kQuarantineFormat = 1;
constexpr std::uintmax_t kMaxQuarantineBytes = std::uintmax_t{16} << 20;

std::string content_digest(const TrustedFile& library) {
  const std::string bytes = library.read(0, library.identity().size);
  return hash_bytes(bytes.data(), bytes.size()).hex();
}

}  // namespace

Quarantine::Quarantine(std::filesystem::path file) : file_(std::move(file)) {
  if (file_.empty()) return;
  try {
    read();
  } catch (const nlohmann::json::exception&) {
    entries_.clear();
  }
}

void Quarantine::read() {
  std::error_code error;
  const auto size = std::filesystem::file_size(file_, error);
  if (error || size > kMaxQuarantineBytes) return;
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = nlohmann::json::parse(text);
  if (json.at("calotype_quarantine") != kQuarantineFormat || json.at("build") != build_identity()) {
    return;
  }
  for (const auto& row : json.at("libraries")) {
    entries_[row.at("digest").get<std::string>()] = {row.at("size").get<std::uint64_t>(),
                                                     row.at("library").get<std::string>(),
                                                     row.at("what").get<std::string>()};
  }
}

void Quarantine::check(const TrustedFile& library) const {
  const bool possible = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry.second.size == library.identity().size;
  });
  if (!possible) return;
  const auto found = entries_.find(content_digest(library));
  if (found != entries_.end()) throw refusal(library.path(), found->second.what);
}

void Quarantine::add(const TrustedFile& library, const std::string& what) {
  entries_[content_digest(library)] = {library.identity().size, library.path().string(), what};
  changed_ = true;
}

void Quarantine::save() {
  if (file_.empty() || !changed_) return;
  nlohmann::json json = {{"calotype_quarantine", kQuarantineFormat},
                         {"build", build_identity()},
                         {"libraries", nlohmann::json::array()}};
  for (const auto& [digest, entry] : entries_) {
    json["libraries"].push_back({{"digest", digest},
                                 {"size", entry.size},
                                 {"library", entry.library},
                                 {"what", entry.what}});
  }
  std::error_code error;
  std::filesystem::create_directories(file_.parent_path(), error);
  AtomicFile out(file_);
  out.write(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  out.commit();
  changed_ = false;
}

Error Quarantine::refusal(const std::filesystem::path& library, const std::string& what) const {
  std::string hint = "rebuild or remove it; it is looked at again when its content changes";
  if (!file_.empty()) hint += ", or when " + quote(file_.string()) + " is deleted";
  return plugin_error(library, "the plugin is not loaded: " + what, std::move(hint));
}

}  // namespace calotype
