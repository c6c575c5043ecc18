/// The commands that print what node types declare: nodes, schema, stubs, plugins, version.
#include <fmt/format.h>

#include <memory>

#include "calotype/error.h"
#include "calotype/plugin.h"
#include "calotype/schema_docs.h"
#include "calotype/schema_json.h"
#include "calotype/validate.h"
#include "commands.h"

namespace calotype::cli {

namespace {

struct NodesArguments {
  std::string type;
  bool markdown = false;
  bool json = false;
};

std::vector<const NodeSchema*> chosen_schemas(const Registry& registry, const std::string& type) {
  if (type.empty()) return registry.schemas();
  if (const NodeSchema* schema = registry.schema(type)) return {schema};
  std::vector<std::string> names;
  for (const NodeSchema* schema : registry.schemas()) names.push_back(schema->type);
  const std::string near = suggest(type, names);
  throw Error(
      ErrorCode::graph, "no plugin has node type " + quote(type),
      near.empty() ? "`calotype nodes` lists all node types" : "did you mean " + quote(near) + "?");
}

void print_nodes(const NodesArguments& arguments, const GlobalOptions& options) {
  const Session session(options);
  const auto schemas = chosen_schemas(*session.registry(), arguments.type);
  if (arguments.json) {
    fmt::print("{}\n", schemas_to_json(schemas));
  } else if (arguments.markdown) {
    for (const NodeSchema* schema : schemas) fmt::print("{}\n", node_markdown(*schema));
  } else if (!arguments.type.empty()) {
    fmt::print("{}", node_help(*schemas.front()));
  } else {
    for (const NodeSchema* schema : schemas)
      fmt::print("{:<20} {}\n", schema->type, schema->summary);
  }
}

void print_plugins(Context& context) {
  const Session session(context.options);
  for (const PluginInfo& plugin : session.registry()->plugins()) {
    fmt::print("{:<20} {:<10} {}\n", plugin.id, plugin.version, plugin.library);
  }
  if (!session.refused().empty()) context.exit_code = kPluginRefused;
}

}  // namespace

void add_nodes_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<NodesArguments>();
  CLI::App* command = app.add_subcommand("nodes", "List node types, or describe one");
  command->add_option("type", arguments->type, "Node type, such as Sample");
  CLI::Option* markdown =
      command->add_flag("--markdown", arguments->markdown, "As documentation pages");
  command->add_flag("--json", arguments->json, "As JSON")->excludes(markdown);
  command->callback([arguments, &context] { print_nodes(*arguments, context.options); });
}

void add_plugins_command(CLI::App& app, Context& context) {
  app.add_subcommand("plugins", "List plugins; exit code 3 when one was refused")
      ->callback([&context] { print_plugins(context); });
}

void add_schema_command(CLI::App& app, Context& context) {
  app.add_subcommand("schema", "Print a JSON Schema of graph files, for editors")
      ->callback([&context] {
        fmt::print("{}\n", graph_json_schema(*Session(context.options).registry()));
      });
}

void add_stubs_command(CLI::App& app, Context& context) {
  app.add_subcommand("stubs", "Print Python stubs of all node types")->callback([&context] {
    fmt::print("{}", python_stubs(*Session(context.options).registry()));
  });
}

void add_version_command(CLI::App& app, Context&) {
  app.add_subcommand("version", "Print versions")->callback([] {
    fmt::print("calotype {}\nplugin API {}\ntorch {}\n", calotype_version(), kPluginApi,
               torch_version());
  });
}

}  // namespace calotype::cli
