#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "calotype/model_family.h"
#include "calotype/provenance.h"
#include "calotype/schema_docs.h"
#include "calotype/weights_file.h"
#include "calotype/weights_kind.h"
#include "commands.h"
#include "graph_source.h"
#include "image_file/file_ending.h"
#include "image_file/picture.h"

namespace calotype::cli {

namespace {

struct InspectArguments {
  std::string file;
  bool tensors = false;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Tensors counted by the first part of their names: the parts of a checkpoint.
void print_groups(const TensorArchive& archive) {
  std::map<std::string, std::pair<std::size_t, std::uint64_t>> groups;
  for (const ArchiveTensor& t : archive.tensors) {
    auto& [count, bytes] = groups[t.name.substr(0, t.name.find('.'))];
    ++count;
    bytes += t.bytes.size();
  }
  for (const auto& [name, group] : groups) {
    fmt::print("{:<32} {:>6} tensors {:>10.1f} MiB\n", name, group.first,
               static_cast<double>(group.second) / (1 << 20));
  }
}

/// The family of the denoising network in a checkpoint or in a file of its own, or what else it is.
void print_model(const TensorArchive& archive) {
  const WeightsKind kind = recognise_weights(archive);
  for (const std::string_view prefix : {"model.diffusion_model.", ""}) {
    if (kind.is_foreign) break;  // though it may have the names of a UNet
    const auto family = recognise_unet([&](std::string_view name) {
      const ArchiveTensor* tensor = archive.find(std::string(prefix).append(name));
      return tensor ? &tensor->shape : nullptr;
    });
    if (!family) continue;
    fmt::print("model: {}\n", to_text(*family));
    return;
  }
  if (!kind.name.empty()) fmt::print("model: {}\n  hint: {}\n", kind.name, kind.hint);
}

/// Control characters but line ends become visible: a terminal obeys them.
std::string harmless(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      shown += fmt::format("\\x{:02x}", c);
    } else if (is_c1) {
      shown += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      shown += text[i];
    }
  }
  return shown;
}

void inspect_weights(const InspectArguments& arguments) {
  const TensorArchive archive = open_weights_file(arguments.file);
  for (const auto& [key, value] : archive.metadata) {
    const std::string text = value.size() > 200 ? value.substr(0, 200) + "..." : value;
    fmt::print("{}: {}\n", harmless(key), harmless(text));
  }
  print_model(archive);
  print_groups(archive);
  if (!arguments.tensors) return;
  for (const ArchiveTensor& t : archive.tensors) {
    fmt::print("{} {} {}\n", harmless(t.name), dtype_name(t.dtype), shape_text(t.shape));
  }
}

/// Those who read it would speak of its ending or its format first.
void check_is_file(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorCode::io, "cannot read " + quote(file.string()) + ": " + why);
  };
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) fail(error.message());
  if (std::filesystem::is_directory(status)) fail("it is a folder");
  if (std::filesystem::is_regular_file(status) && std::filesystem::is_empty(file, error)) {
    fail("it is empty");
  }
}

bool is_picture(const std::string& file) {
  const std::string ending = file_ending(file);
  constexpr std::string_view kWeights[] = {".safetensors", ".ckpt", ".pt", ".pth", ".th", ".bin"};
  return std::find(std::begin(kWeights), std::end(kWeights), ending) == std::end(kWeights);
}

void print_graph(const Graph& graph, const GlobalOptions& options) {
  fmt::print("{}", harmless(graph_help(graph, *Session(options).registry())));
}

/// What a stranger wrote under the graph's key is no reason to fail.
std::optional<Graph> graph_of(const Picture& picture, const std::string& file) {
  const auto text = picture.text.find(kGraphTextKey);
  if (text == picture.text.end()) return {};
  try {
    return parse_graph(text->second, file);
  } catch (const Error&) {
    return {};
  }
}

void inspect_picture(const InspectArguments& arguments, const GlobalOptions& options) {
  const Picture picture = read_picture(arguments.file);
  fmt::print("{} x {} px, {} channels\n", picture.width, picture.height, picture.channels);
  for (const auto& [key, value] : picture.text)
    fmt::print("{}: {}\n", harmless(key), harmless(value));
  if (const auto graph = graph_of(picture, arguments.file)) {
    fmt::print("\n");
    print_graph(*graph, options);
  }
}

}  // namespace

void add_inspect_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Describe a checkpoint, a cache entry, a picture with its graph, or a graph");
  command
      ->add_option("file", arguments->file,
                   "File (.safetensors, .ckpt, .pt, .pth, .th, .bin, .png, .jpg, .webp, .json)")
      ->required();
  command->add_flag("--tensors", arguments->tensors, "List every tensor");
  command->callback([arguments, &context] {
    check_is_file(arguments->file);
    if (file_ending(arguments->file) == ".json") {
      print_graph(load_graph(arguments->file), context.options);
    } else if (is_picture(arguments->file)) {
      inspect_picture(*arguments, context.options);
    } else {
      inspect_weights(*arguments);
    }
    context.exit_code = kDone;
  });
}

}  // namespace calotype::cli
