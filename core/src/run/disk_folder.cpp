#include "run/disk_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <string>
#include <system_error>

#include "run/disk_entry.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// A folder of another machine is left alone for so long.
constexpr auto kForeignAge = std::chrono::hours(24);

template <class Visit>
void for_each_in(const fs::path& folder, Visit visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    visit(*it);
  }
}

std::string host_prefix() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "host-";
  return std::string(name.data()) + "-";
}

bool is_alive(const std::string& process) {
  int id = 0;
  const auto end = process.data() + process.size();
  if (std::from_chars(process.data(), end, id).ptr != end || id <= 0) return false;
  return kill(id, 0) == 0 || errno != ESRCH;
}

}  // namespace

std::vector<EntryFile> list_entries(const fs::path& folder) {
  std::vector<EntryFile> entries;
  for_each_in(folder, [&](const fs::directory_entry& sub) {
    if (sub.path().filename().string().size() != 2) return;
    for_each_in(sub.path(), [&](const fs::directory_entry& file) {
      const auto key = entry_key(file.path());
      std::error_code error;
      if (!key || !file.is_regular_file(error)) return;
      EntryFile entry{file.path(), *key, file.file_size(error), {}};
      if (error) return;
      entry.used = file.last_write_time(error);
      if (!error) entries.push_back(std::move(entry));
    });
  });
  return entries;
}

std::uint64_t delete_oldest_entries(const fs::path& folder, std::uint64_t budget) {
  std::vector<EntryFile> entries = list_entries(folder);
  std::sort(entries.begin(), entries.end(),
            [](const EntryFile& a, const EntryFile& b) { return a.used < b.used; });
  std::uint64_t total = 0;
  for (const EntryFile& entry : entries) total += entry.bytes;
  for (const EntryFile& entry : entries) {
    if (total <= budget) break;
    std::error_code ignored;  // another process may have deleted it: it is gone all the same
    fs::remove(entry.path, ignored);
    total -= entry.bytes;
  }
  return total;
}

fs::path own_temporary_folder(const fs::path& folder) {
  return folder / "tmp" / (host_prefix() + std::to_string(getpid()));
}

void delete_stale_temporaries(const fs::path& folder) {
  const std::string ours = host_prefix();
  for_each_in(folder / "tmp", [&](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    std::error_code error;
    if (name.starts_with(ours)) {
      if (is_alive(name.substr(ours.size()))) return;
    } else {
      const auto time = entry.last_write_time(error);
      if (error || fs::file_time_type::clock::now() - time < kForeignAge) return;
    }
    fs::remove_all(entry.path(), error);
  });
}

void touch(const fs::path& path) {
  // Fails in a read-only folder, where nothing is deleted either.
  [[maybe_unused]] const int result = utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

}  // namespace calotype
