#pragma once
/// Which files the outputs of a run go to. All of it can be said before the run, but for the
/// numbers of the pictures of a batch.
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "calotype/graph.h"
#include "calotype/validate.h"

namespace calotype::cli {

struct OutputFile {
  std::string output;  ///< its name in the resolved graph
  std::filesystem::path file;
  bool is_named = true;  ///< by the user: what is there is replaced

  /// As the user wrote it, or would have: `--output image=x.png`.
  std::string option() const { return "--output " + output + "=" + file.string(); }
  bool is_picture() const;
};

/// Reads each `--output NAME=FILE`, where NAME is an output of the graph or any "node.port", and
/// asks for these outputs in `settings`. Throws Error(graph).
std::vector<OutputFile> named_files(const Graph& graph, const std::vector<std::string>& texts,
                                    GraphSettings& settings);

/// `<graph>-<output>.png` (or .safetensors) in the current folder for each output.
std::vector<OutputFile> default_files(const ResolvedGraph& graph,
                                      const std::filesystem::path& graph_file);

/// Full path, all links followed -> the option that names it.
using Places = std::map<std::filesystem::path, std::string>;

/// Throws Error(graph) when a file cannot be written, when its ending does not fit the output's
/// type, or when two results would go to one file. `report`: the file of --report, or "". Returns
/// where all of them go.
Places check_output_files(const ResolvedGraph& graph, const std::vector<OutputFile>& files,
                          const std::string& report);

/// The files of `count` pictures: `x.png`, or `x-1.png`, `x-2.png`, ... for several. Other numbers
/// are taken rather than those of `named` files and, where the user named none, of files that
/// exist.
std::vector<std::filesystem::path> numbered_files(const OutputFile& output, std::size_t count,
                                                  const Places& named = {});

}  // namespace calotype::cli
