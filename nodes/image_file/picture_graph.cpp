#include "image_file/picture_graph.h"

#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "calotype/provenance.h"
#include "image_file/file_ending.h"
#include "image_file/picture.h"

namespace calotype {

Graph read_graph_or_picture(const std::filesystem::path& file) {
  if (file_ending(file) != ".png") return read_graph(file);
  const auto text = read_png_text(file);
  const auto found = text.find(kGraphTextKey);
  if (found == text.end()) {
    throw Error(ErrorCode::graph, quote(file.string()) + " carries no graph",
                "only PNG files written by calotype can be run again");
  }
  return parse_graph(found->second, file.string());
}

}  // namespace calotype
