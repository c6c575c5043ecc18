#include "graph_source.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "image_file/picture.h"

namespace calotype::cli {

namespace {

Graph graph_of_picture(const std::filesystem::path& file) {
  const auto text = read_png_text(file);
  const auto found = text.find(kGraphTextKey);
  if (found == text.end()) {
    throw Error(ErrorCode::graph, quote(file.string()) + " carries no graph",
                "only PNG files written by calotype can be run again");
  }
  return parse_graph(found->second, file.string());
}

}  // namespace

Graph load_graph(const std::filesystem::path& file) {
  try {
    return file.extension() == ".png" ? graph_of_picture(file) : read_graph(file);
  } catch (const Error& error) {
    // Before anything runs an unreadable file is a wrong command, not a failed run.
    if (error.code() == ErrorCode::io) throw Error(ErrorCode::graph, error.diagnostics());
    throw;
  }
}

std::pair<std::string, ParamValue> parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorCode::graph, "--set " + quote(text) + ": expected NAME=VALUE",
                "for example --set prompt=\"a lighthouse at dusk\" or --set sample.steps=30");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ResolvedGraph validate_graph(const Graph& graph, const Session& session,
                             const GraphSettings& settings) {
  std::vector<Diagnostic> warnings;
  try {
    ResolvedGraph resolved = validate(graph, *session.registry(), settings, &warnings);
    for (const Diagnostic& d : warnings) fmt::print(stderr, "{}\n", format(d));
    return resolved;
  } catch (const Error& error) {
    // The missing node may be in the refused plugin, which was reported already.
    if (!session.refused().empty() && error.code() == ErrorCode::graph) {
      throw Error(ErrorCode::plugin, error.diagnostics());
    }
    throw;
  }
}

}  // namespace calotype::cli
