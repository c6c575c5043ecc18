#pragma once
/// The files that the nodes of a plan read: their part of the keys, and whether they changed since.
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>

#include "calotype/cache.h"
#include "run/plan_tables.h"

namespace calotype {

/// Fills `files`, `file_digests` and `run_params`. Throws Error(io) with the place of the param,
/// and Error(cancelled) after a stop request.
void digest_files(PlanTables&, FileDigests&, const std::stop_token& stop);

/// See Plan::file_digests.
std::map<std::string, std::string> file_digests(const PlanTables&);

/// A file of the node that is not any more what its key says; empty when there is none.
std::string changed_file(const PlanTables&, std::uint32_t node);

}  // namespace calotype
