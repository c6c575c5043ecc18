#include "graph_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/error.h"
#include "calotype/utf8.h"
#include "image_file/picture_graph.h"

namespace calotype::cli {

Graph load_graph(const std::filesystem::path& file) {
  try {
    return read_graph_or_picture(file);
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
  if (const auto at = find_invalid_utf8(text)) {
    throw Error(
        ErrorCode::graph,
        fmt::format("--set {}: expected UTF-8, got the byte 0x{:02x}",
                    text.substr(0, std::min(*at, equals)), static_cast<unsigned char>(text[*at])),
        "set the character encoding of the terminal or script to UTF-8");
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
    // What is missing may be in the refused plugin, which was reported already.
    if (!session.refused().empty() && misses_type(error)) {
      throw Error(ErrorCode::plugin, error.diagnostics());
    }
    throw;
  }
}

}  // namespace calotype::cli
