// list_plugins CACHE FOLDER...: prints how long it took to make the plugins known, what is known,
// and what is mapped into the process.
#include <calotype/plugin.h>

#include <chrono>
#include <fstream>
#include <iostream>

int main(int count, char** arguments) {
  if (count < 3) return 2;
  calotype::PluginSearch search;
  search.registry_cache = arguments[1];
  for (int i = 2; i < count; ++i) search.directories.emplace_back(arguments[i]);

  calotype::Registry registry;
  const auto start = std::chrono::steady_clock::now();
  const auto problems = calotype::discover_plugins(registry, search);
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;

  std::cout << "microseconds " << taken.count() << '\n';
  for (const auto& problem : problems) std::cout << "problem " << format(problem) << '\n';
  for (const auto* schema : registry.schemas()) std::cout << "node " << schema->type << '\n';
  std::cout << std::ifstream("/proc/self/maps").rdbuf();
}
