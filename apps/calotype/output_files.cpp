#include "output_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "image_file/file_ending.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array kPictureEndings = {".png", ".jpg", ".jpeg", ".webp"};

const std::string& type_of(const ResolvedGraph& graph, const ResolvedOutput& output) {
  return output_type(graph.nodes[output.from.node], output.from.port);
}

const std::string& type_of(const ResolvedGraph& graph, const std::string& name) {
  const auto found = std::find_if(graph.outputs.begin(), graph.outputs.end(),
                                  [&](const ResolvedOutput& o) { return o.name == name; });
  return type_of(graph, *found);
}

void check_ending(const OutputFile& output, const std::string& port_type) {
  const std::string option = "--output " + quote(output.file.string());
  if (output.is_picture()) {
    if (port_type == "Image") return;
    throw Error(
        ErrorCode::graph, fmt::format("{}: a {} cannot be written as a picture", option, port_type),
        "use a file name that ends in .safetensors, or a node that makes an Image of it, such "
        "as VAEDecode, MaskToImage or DepthToImage");
  }
  if (file_ending(output.file) == ".safetensors") return;
  throw Error(ErrorCode::graph, option + ": unknown ending",
              "use .png, .jpg or .webp for pictures, .safetensors for any tensor");
}

/// The same path for all names of one file. What cannot be written, as is known before anything
/// runs, is a wrong command and not a failed run.
fs::path place_of(const fs::path& file) {
  try {
    return check_can_write(file);
  } catch (const Error& error) {
    throw Error(ErrorCode::graph, error.diagnostics());
  }
}

/// `x.png` -> `x-3.png`.
fs::path numbered(const fs::path& file, std::size_t n) {
  fs::path result = file;
  result.replace_filename(
      fmt::format("{}-{}{}", file.stem().string(), n, file.extension().string()));
  return result;
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(fs::symlink_status(file, error));
}

/// Whether another option names it.
bool is_taken(const fs::path& file, const OutputFile& output, const Places& named) {
  try {
    const auto found = named.find(check_can_write(file));
    return found != named.end() && found->second != output.option();
  } catch (const Error&) {
    return false;  // who writes it says why that cannot be done
  }
}

}  // namespace

bool OutputFile::is_picture() const {
  return std::find(kPictureEndings.begin(), kPictureEndings.end(), file_ending(file)) !=
         kPictureEndings.end();
}

std::vector<OutputFile> named_files(const Graph& graph, const std::vector<std::string>& texts,
                                    GraphSettings& settings) {
  std::vector<OutputFile> files;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw Error(ErrorCode::graph, "--output " + quote(text) + ": expected NODE.PORT=FILE",
                  "for example --output decode.image=picture.png");
    }
    const std::string name = text.substr(0, equals);
    std::string port = name;
    for (const GraphOutput& output : graph.outputs) {
      if (output.name == name) port = output.from.node + "." + output.from.port;
    }
    settings.outputs.emplace_back(name, port);
    files.push_back({name, text.substr(equals + 1)});
  }
  settings.keep_graph_outputs = texts.empty();
  return files;
}

std::vector<OutputFile> default_files(const ResolvedGraph& graph, const fs::path& graph_file) {
  std::vector<OutputFile> files;
  for (const ResolvedOutput& output : graph.outputs) {
    const bool is_picture = type_of(graph, output) == "Image";
    const std::string file = fmt::format("{}-{}{}", graph_file.stem().string(), output.name,
                                         is_picture ? ".png" : ".safetensors");
    files.push_back({output.name, file, false});
  }
  return files;
}

Places check_output_files(const ResolvedGraph& graph, const std::vector<OutputFile>& files,
                          const std::string& report) {
  Places options;
  const auto claim = [&](const fs::path& file, const std::string& option) {
    const auto [other, fresh] = options.try_emplace(place_of(file), option);
    if (fresh) return;
    throw Error(ErrorCode::graph,
                fmt::format("{}: {} goes to the same file", option, other->second),
                "choose another name");
  };
  for (const OutputFile& output : files) {
    check_ending(output, type_of(graph, output.output));
    claim(numbered_files(output, 1).front(), output.option());
  }
  if (!report.empty()) claim(report, "--report " + report);
  return options;
}

std::vector<fs::path> numbered_files(const OutputFile& output, std::size_t count,
                                     const Places& named) {
  if (count == 1 && (output.is_named || !is_there(output.file))) return {output.file};
  std::vector<fs::path> files;
  for (std::size_t n = count == 1 ? 2 : 1; files.size() < count; ++n) {
    files.push_back(numbered(output.file, n));
    const bool is_free = output.is_named || !is_there(files.back());
    // The numbers of a batch follow each other.
    if (!is_free || is_taken(files.back(), output, named)) files.clear();
  }
  return files;
}

}  // namespace calotype::cli
