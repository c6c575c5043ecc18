#include <fmt/format.h>

#include "calotype/cache.h"
#include "commands.h"

namespace calotype::cli {

namespace {

DiskCache open_cache(const GlobalOptions& options) {
  const auto folder =
      options.cache_dir.empty() ? default_cache_folder() : std::filesystem::path(options.cache_dir);
  return DiskCache(folder, EngineOptions{}.disk_budget);
}

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void print_stats(const GlobalOptions& options) {
  const DiskCache cache = open_cache(options);
  const DiskStats stats = cache.stats();
  fmt::print("{}\n{} entries, {:.1f} of {:.0f} MiB\n", cache.folder().string(), stats.entries,
             mebibytes(stats.bytes), mebibytes(stats.budget));
}

void verify_entries(Context& context) {
  DiskCache cache = open_cache(context.options);
  const auto damaged = cache.verify();
  for (const std::string& file : damaged) fmt::print("removed damaged entry {}\n", file);
  fmt::print("{} entries are sound, {} were damaged\n", cache.stats().entries, damaged.size());
  if (!damaged.empty()) context.exit_code = kRunFailed;
}

}  // namespace

void add_cache_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("cache", "Look after the disk cache");
  command->require_subcommand(1);
  command->add_subcommand("stats", "Where it is and how full")->callback([&context] {
    print_stats(context.options);
  });
  command->add_subcommand("clear", "Delete all entries")->callback([&context] {
    fmt::print("removed {} entries\n", open_cache(context.options).clear());
  });
  command->add_subcommand("verify", "Read every entry and delete damaged ones")
      ->callback([&context] { verify_entries(context); });
}

}  // namespace calotype::cli
