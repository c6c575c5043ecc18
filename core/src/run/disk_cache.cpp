#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <system_error>
#include <utility>

#include "calotype/cache.h"
#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "run/disk_entry.h"
#include "run/disk_folder.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// After a failed write nothing is written for so long: a full disk makes every write costly.
constexpr auto kPause = std::chrono::seconds(30);

enum class Trouble { read_only, not_written };

std::uint64_t bytes_of(const TensorArchive& archive) {
  std::uint64_t bytes = 0;
  for (const ArchiveTensor& t : archive.tensors) bytes += t.bytes.size();
  return bytes;
}

}  // namespace

struct DiskCache::State {
  State(fs::path f, std::uint64_t b) : folder(std::move(f)), budget(b) {}

  const fs::path folder;
  const std::uint64_t budget;

  std::mutex mutex;  ///< guards all below
  std::vector<std::string> warnings;
  std::set<Trouble> warned;
  Clock::time_point paused_until{};
  bool is_scanned = false;
  std::uint64_t bytes = 0;  ///< as last scanned, plus what was written since
  std::uint64_t bytes_since_scan = 0;

  bool is_paused() {
    const std::lock_guard lock(mutex);
    return Clock::now() < paused_until;
  }

  void report(Trouble trouble, const std::string& why) {
    const std::lock_guard lock(mutex);
    paused_until = Clock::now() + kPause;
    if (!warned.insert(trouble).second) return;
    warnings.push_back(
        fmt::format("cache folder {} cannot be written ({}): new results are not "
                    "kept on disk",
                    quote(folder.string()), why));
  }

  /// Counts a new entry and makes room. Other processes write too, so the folder is looked at
  /// again after each tenth of the budget.
  void account(std::uint64_t written) {
    const std::lock_guard lock(mutex);
    if (!is_scanned) delete_stale_temporaries(folder);
    bytes += written;
    bytes_since_scan += written;
    if (is_scanned && bytes <= budget && bytes_since_scan < budget / 10) return;
    std::uint64_t total = 0;
    for (const EntryFile& entry : list_entries(folder)) total += entry.bytes;
    // A little more than needed, so that the next entry does not start another round.
    if (total > budget) total = delete_oldest_entries(folder, budget - budget / 10);
    bytes = total;
    bytes_since_scan = 0;
    is_scanned = true;
  }

  /// Makes the folder that `path` lies in. False, and reported, when nothing can be written there.
  bool make_folder_for(const fs::path& path) {
    std::error_code error;
    const bool is_new = fs::create_directories(folder, error);
    // Results show what a person made: nobody else's business.
    if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
    if (!error) fs::create_directories(path.parent_path(), error);
    if (!error && ::access(path.parent_path().c_str(), W_OK) != 0) {
      error = std::error_code(errno, std::generic_category());
    }
    if (error) report(Trouble::read_only, error.message());
    return !error;
  }
};

DiskCache::DiskCache(fs::path folder, std::uint64_t budget)
    : state_(std::make_unique<State>(std::move(folder), budget)) {}

DiskCache::~DiskCache() = default;

std::optional<TensorArchive> DiskCache::get(const Hash128& key, const EntryInfo& expected) {
  const fs::path path = entry_path(state_->folder, key);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return {};
  OpenedEntry entry = open_entry(path, key, &expected);
  if (entry.state == EntryState::good) touch(path);
  // Whatever stands there, a new entry must find its place free.
  if (entry.state == EntryState::damaged) fs::remove_all(path, error);
  return std::move(entry.archive);
}

bool DiskCache::contains(const Hash128& key) const {
  std::error_code error;
  return fs::exists(entry_path(state_->folder, key), error);
}

bool DiskCache::put(const Hash128& key, const EntryInfo& info, const TensorArchive& archive) {
  if (bytes_of(archive) > state_->budget || state_->is_paused()) return false;
  const auto entry = seal_entry(key, info, archive);
  if (!entry) return false;
  const fs::path path = entry_path(state_->folder, key);
  if (!state_->make_folder_for(path)) return false;
  try {
    write_safetensors(path, *entry, Synced::no);
  } catch (const Error& e) {
    state_->report(Trouble::not_written, e.diagnostics().front().what);
    return false;
  }
  std::error_code gone;  // deleted by another process in the meantime
  const std::uint64_t written = fs::file_size(path, gone);
  if (!gone) state_->account(written);
  return true;
}

DiskStats DiskCache::stats() const {
  DiskStats stats{.budget = state_->budget};
  for (const EntryFile& entry : list_entries(state_->folder)) {
    ++stats.entries;
    stats.bytes += entry.bytes;
  }
  return stats;
}

std::uint64_t DiskCache::clear() {
  std::uint64_t deleted = 0;
  for (const EntryFile& entry : list_entries(state_->folder)) {
    std::error_code ignored;
    if (fs::remove(entry.path, ignored)) ++deleted;
  }
  delete_stale_temporaries(state_->folder);
  const std::lock_guard lock(state_->mutex);
  state_->is_scanned = false;
  state_->bytes = 0;
  return deleted;
}

std::vector<std::string> DiskCache::verify() {
  std::vector<std::string> damaged;
  for (const EntryFile& entry : list_entries(state_->folder)) {
    // One that another process deleted in the meantime is unreadable, not damaged.
    if (open_entry(entry.path, entry.key, nullptr).state != EntryState::damaged) continue;
    std::error_code error;
    damaged.push_back(entry.path.filename().string());
    fs::remove(entry.path, error);
  }
  return damaged;
}

std::vector<std::string> DiskCache::take_warnings() {
  const std::lock_guard lock(state_->mutex);
  state_->warned.clear();
  return std::exchange(state_->warnings, {});
}

const fs::path& DiskCache::folder() const { return state_->folder; }

}  // namespace calotype
