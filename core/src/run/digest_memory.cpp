#include "run/digest_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "calotype/atomic_file.h"
#include "calotype/error.h"

namespace calotype {

namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxDigestBytes = std::uintmax_t{16} << 20;
constexpr std::size_t kMaxRows = 20'000;

std::optional<Hash128> parse_digest(const std::string& hex) {
  Hash128 digest;
  if (hex.size() != 32) return {};
  const char* text = hex.data();
  if (std::from_chars(text, text + 16, digest.high, 16).ptr != text + 16) return {};
  if (std::from_chars(text + 16, text + 32, digest.low, 16).ptr != text + 32) return {};
  return digest;
}

bool is_json_text(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

DigestMemory::Rows DigestMemory::read_file() const {
  Rows rows;
  if (file_.empty()) return rows;
  std::error_code error;
  const auto size = std::filesystem::file_size(file_, error);
  if (error || size > kMaxDigestBytes) return rows;
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  try {
    const Json all = Json::parse(text);
    if (all.at("version").get<int>() != kVersion) return {};
    for (const auto& [path, row] : all.at("files").items()) {
      const auto digest = parse_digest(row.at("digest").get<std::string>());
      if (!digest) continue;
      rows[path] = {{row.at("size").get<std::uint64_t>(), row.at("modified").get<std::int64_t>(),
                     row.at("changed").get<std::int64_t>(), row.at("inode").get<std::uint64_t>()},
                    *digest};
    }
  } catch (const Json::exception&) {
    return {};
  }
  return rows;
}

std::string DigestMemory::format(const Rows& rows) {
  Json files = Json::object();
  for (const auto& [path, row] : rows) {
    files[path] = {{"size", row.stamp.size},
                   {"modified", row.stamp.modified},
                   {"changed", row.stamp.changed},
                   {"inode", row.stamp.inode},
                   {"digest", row.digest.hex()}};
  }
  return Json{{"version", kVersion}, {"files", std::move(files)}}.dump();
}

std::optional<Hash128> DigestMemory::find(const std::string& path, const FileStamp& stamp) {
  const std::lock_guard lock(mutex_);
  if (!is_read_) {
    rows_ = read_file();
    is_read_ = true;
  }
  const auto found = rows_.find(path);
  if (found == rows_.end() || found->second.stamp != stamp) return {};
  return found->second.digest;
}

void DigestMemory::add(const std::string& path, const FileStamp& stamp, const Hash128& digest,
                       std::int64_t read_at) {
  constexpr std::int64_t kTwoSeconds = 2'000'000'000;
  if (std::max(stamp.modified, stamp.changed) > read_at - kTwoSeconds) return;
  const std::lock_guard lock(mutex_);
  if (rows_.size() >= kMaxRows) rows_.clear();
  rows_[path] = {stamp, digest};
  if (!file_.empty() && is_json_text(path)) unsaved_[path] = {stamp, digest};
}

void DigestMemory::save() {
  const std::lock_guard lock(mutex_);
  if (unsaved_.empty()) return;
  Rows all = read_file();
  for (const auto& [path, row] : unsaved_) all[path] = row;
  unsaved_.clear();
  while (all.size() > kMaxRows) all.erase(all.begin());
  try {
    std::filesystem::create_directories(file_.parent_path());
    AtomicFile out(file_);
    out.write(format(all));
    out.commit();
  } catch (const std::exception&) {
    // Remembering is a convenience: the files are read again next time.
  }
}

}  // namespace calotype
