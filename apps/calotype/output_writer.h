#pragma once
/// Writes the outputs of a run to files, without libtorch.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "calotype/engine.h"

namespace calotype::cli {

/// What goes into a PNG's text: the graph that makes the picture again, and with what.
struct Provenance {
  std::string graph;                          ///< canonical graph text
  std::map<std::string, std::string> models;  ///< file parameter -> digest
  std::string software;                       ///< "Calotype 0.1.0 (torch 2.13.0)"
};

/// File to write when the user named none: `<graph>-<output>.png` (or .safetensors) in the current
/// folder; a number is added rather than overwriting a file.
std::filesystem::path default_output_file(const std::filesystem::path& graph_file,
                                          const std::string& output, const std::string& port_type);

/// Throws Error(graph) when `file`'s ending does not fit `port_type`; to be called before the run.
void check_output_file(const std::filesystem::path& file, const std::string& port_type);

/// Returns the files written: one per picture of a batch (`x-1.png`, `x-2.png`, ...).
std::vector<std::filesystem::path> write_output(const OutputValue&,
                                                const std::filesystem::path& file,
                                                const Provenance&);

}  // namespace calotype::cli
