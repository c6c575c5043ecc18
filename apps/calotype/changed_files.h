#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace calotype::cli {

/// Says on standard error which of the files that a picture was made from are others now.
/// `graph_file`: anything but a picture that carries digests is passed over. `now`: as of
/// Plan::file_digests.
void warn_of_changed_files(const std::filesystem::path& graph_file,
                           const std::map<std::string, std::string>& now);

}  // namespace calotype::cli
