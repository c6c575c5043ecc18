#pragma once
/// What a caller and its worker tell each other of a run. Nodes are named by their index in the
/// graph, which both have.
#include <nlohmann/json_fwd.hpp>

#include "calotype/engine.h"

namespace calotype {

/// Everything of a resolved graph but the places in its source.
nlohmann::json graph_message(const ResolvedGraph& graph);
/// Throws Error(plugin) when a schema of `registry` does not fit.
ResolvedGraph graph_from(const nlohmann::json& message, const Registry& registry);

/// All plugins with a library, with their schemas.
nlohmann::json plugins_message(const Registry& registry);

nlohmann::json options_message(const EngineOptions& options);
EngineOptions options_from(const nlohmann::json& message);

nlohmann::json report_message(const NodeReport& report);
NodeReport report_from(const nlohmann::json& message);

}  // namespace calotype
