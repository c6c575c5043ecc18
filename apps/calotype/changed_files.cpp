#include "changed_files.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "calotype/error.h"
#include "calotype/provenance.h"
#include "image_file/file_ending.h"
#include "image_file/picture.h"

namespace calotype::cli {

void warn_of_changed_files(const std::filesystem::path& graph_file,
                           const std::map<std::string, std::string>& now) {
  if (file_ending(graph_file) != ".png") return;
  const auto texts = read_png_text(graph_file);
  const auto found = texts.find(kFileDigestsKey);
  if (found == texts.end()) return;
  // Nothing depends on what a stranger wrote there but this warning.
  const auto then = nlohmann::json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!then.is_object()) return;
  for (const auto& [param, digest] : now) {
    const auto before = then.find(param);
    if (before == then.end() || *before == shown_digest(digest)) continue;
    fmt::print(stderr, "{}: warning: {}: the file is not the one that the picture was made from\n",
               graph_file.string(), param);
  }
}

}  // namespace calotype::cli
