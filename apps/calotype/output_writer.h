#pragma once
/// Writes the outputs of a run to files, without libtorch.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "calotype/engine.h"
#include "output_files.h"

namespace calotype::cli {

/// `provenance`: texts to keep in the files. `before`: the files that an earlier run wrote for an
/// output that the user named no file for; they are replaced when they are as many. `named`: the
/// files of all outputs, which the pictures of a batch leave alone. Returns the files written: one
/// per picture of a batch.
std::vector<std::filesystem::path> write_output(
    const OutputValue& value, const OutputFile& output,
    const std::vector<std::filesystem::path>& before, const Places& named,
    const std::map<std::string, std::string>& provenance);

}  // namespace calotype::cli
