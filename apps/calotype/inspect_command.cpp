#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>

#include "calotype/error.h"
#include "calotype/model_family.h"
#include "calotype/safetensors.h"
#include "commands.h"
#include "graph_source.h"
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

/// Tensors counted by the first two parts of their names: the parts of a checkpoint.
void print_groups(const SafetensorsFile& file) {
  std::map<std::string, std::pair<std::size_t, std::uint64_t>> groups;
  for (const TensorInfo& t : file.tensors()) {
    auto& [count, bytes] = groups[t.name.substr(0, t.name.find('.'))];
    ++count;
    bytes += t.end - t.begin;
  }
  for (const auto& [name, group] : groups) {
    fmt::print("{:<32} {:>6} tensors {:>10.1f} MiB\n", name, group.first,
               static_cast<double>(group.second) / (1 << 20));
  }
}

/// The family of the denoising network in a checkpoint or in a file of its own.
void print_family(const SafetensorsFile& file) {
  for (const std::string_view prefix : {"model.diffusion_model.", ""}) {
    const auto kind = recognise_unet([&](std::string_view name) {
      const TensorInfo* tensor = file.find(std::string(prefix).append(name));
      return tensor ? &tensor->shape : nullptr;
    });
    if (!kind) continue;
    fmt::print("model: {}\n", to_text(*kind));
    return;
  }
}

void inspect_safetensors(const InspectArguments& arguments) {
  const SafetensorsFile file(arguments.file);
  for (const auto& [key, value] : file.metadata()) {
    fmt::print("{}: {}\n", key, value.size() > 200 ? value.substr(0, 200) + "..." : value);
  }
  print_family(file);
  print_groups(file);
  if (!arguments.tensors) return;
  for (const TensorInfo& t : file.tensors()) {
    fmt::print("{} {} {}\n", t.name, dtype_name(t.dtype), shape_text(t.shape));
  }
}

void inspect_picture(const InspectArguments& arguments) {
  const Picture picture = read_picture(arguments.file);
  fmt::print("{} x {} px, {} channels\n", picture.width, picture.height, picture.channels);
  for (const auto& [key, value] : picture.text) fmt::print("{}: {}\n", key, value);
}

}  // namespace

void add_inspect_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Describe a checkpoint, a cache entry or a picture with its graph");
  command->add_option("file", arguments->file, "File (.safetensors, .png, .jpg, .webp)")
      ->required();
  command->add_flag("--tensors", arguments->tensors, "List every tensor");
  command->callback([arguments, &context] {
    if (std::filesystem::path(arguments->file).extension() == ".safetensors") {
      inspect_safetensors(*arguments);
    } else {
      inspect_picture(*arguments);
    }
    context.exit_code = kDone;
  });
}

}  // namespace calotype::cli
