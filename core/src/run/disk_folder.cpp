#include "run/disk_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#include "calotype/atomic_file.h"
#include "run/disk_entry.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// No entry takes so long to write.
constexpr auto kAbandoned = std::chrono::hours(1);
constexpr std::size_t kNameOfSub = 2;

template <class Visit>
void for_each_in(const fs::path& folder, Visit visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    visit(*it);
  }
}

}  // namespace

std::vector<EntryFile> list_entries(const fs::path& folder) {
  std::vector<EntryFile> entries;
  for_each_in(folder, [&](const fs::directory_entry& sub) {
    if (sub.path().filename().string().size() != kNameOfSub) return;
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

void delete_stale_temporaries(const fs::path& folder) {
  for_each_in(folder, [&](const fs::directory_entry& sub) {
    if (sub.path().filename().string().size() != kNameOfSub) return;
    for_each_in(sub.path(), [&](const fs::directory_entry& file) {
      if (!is_temporary(file.path())) return;
      std::error_code error;
      const auto time = file.last_write_time(error);
      if (error || fs::file_time_type::clock::now() - time < kAbandoned) return;
      fs::remove(file.path(), error);
    });
  });
}

void touch(const fs::path& path) {
  // Fails in a read-only folder, where nothing is deleted either.
  [[maybe_unused]] const int result = utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

}  // namespace calotype
