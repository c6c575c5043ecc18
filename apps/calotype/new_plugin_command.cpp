#include <fmt/format.h>

#include <memory>

#include "calotype/error.h"
#include "commands.h"
#include "plugin_project.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

struct NewPluginArguments {
  std::string name;
  std::string folder;
  bool without_torch = false;
};

/// Where this program is installed; empty when the plugin kit is not beside it.
fs::path kit_prefix() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path prefix = program.parent_path().parent_path();
  return fs::exists(prefix / "lib/cmake/Calotype/CalotypeConfig.cmake", ignored) ? prefix
                                                                                 : fs::path();
}

void make_plugin(const NewPluginArguments& arguments, const GlobalOptions& options) {
  const bool with_torch = !arguments.without_torch;
  const PluginNames names = plugin_names(arguments.name, with_torch);
  const fs::path prefix = kit_prefix();
  fs::path folder = fs::absolute(arguments.folder.empty() ? names.folder : arguments.folder);
  folder = folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "glow/"
  write_plugin_project(folder, plugin_files(names, with_torch, prefix), with_torch);
  if (options.quiet) return;
  const std::string shown = arguments.folder.empty() ? names.folder : arguments.folder;
  fmt::print("{}: plugin {} with node type {}\n", shown, names.id, names.node_type);
  fmt::print("next: cd {} && cmake -B build && cmake --build build && ctest --test-dir build\n",
             shown);
  if (prefix.empty()) {
    fmt::print(stderr,
               "warning: the plugin kit (headers, CMake package) is not beside this program\n"
               "  hint: cmake -B build -DCMAKE_PREFIX_PATH=<where Calotype is installed>\n");
  }
}

}  // namespace

void add_new_plugin_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<NewPluginArguments>();
  CLI::App* command = app.add_subcommand(
      "new-plugin", "Write a project for a plugin: a node, its test, how to build it");
  command->add_option("name", arguments->name, "VENDOR.NAME, such as acme.soft-glow")->required();
  command->add_option("--folder", arguments->folder,
                      "Folder to make, instead of NAME in the current one");
  command->add_flag("--without-torch", arguments->without_torch,
                    "A plugin without tensors, which needs no libtorch");
  command->callback([arguments, &context] { make_plugin(*arguments, context.options); });
}

}  // namespace calotype::cli
