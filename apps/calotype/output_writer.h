#pragma once
/// Writes the outputs of a run to files, without libtorch.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "calotype/engine.h"

namespace calotype::cli {

/// File to write when the user named none: `<graph>-<output>.png` (or .safetensors) in the current
/// folder; a number is added rather than overwriting a file.
std::filesystem::path default_output_file(const std::filesystem::path& graph_file,
                                          const std::string& output, const std::string& port_type);

/// Throws Error(graph) when `file`'s ending does not fit `port_type`; to be called before the run.
void check_output_file(const std::filesystem::path& file, const std::string& port_type);

/// `provenance`: texts to keep in the files. Returns the files written: one per picture of a batch
/// (`x-1.png`, `x-2.png`, ...).
std::vector<std::filesystem::path> write_output(
    const OutputValue&, const std::filesystem::path& file,
    const std::map<std::string, std::string>& provenance);

}  // namespace calotype::cli
