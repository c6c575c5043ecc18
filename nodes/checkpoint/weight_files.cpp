#include "checkpoint/weight_files.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "calotype/error.h"
#include "calotype/weights_file.h"
#include "checkpoint/file_system.h"
#include "checkpoint/json_file.h"

namespace calotype {

namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;

constexpr std::size_t kMaxIndex = 16 << 20;
constexpr std::size_t kMaxShards = 4096;

struct Found {
  Path file;
  bool is_index = false;
};

std::optional<Found> find(const Path& folder, const WeightFileNames& names) {
  for (const std::string_view variant : {"", ".fp16", ".bf16"}) {
    for (const auto& [stem, ending] :
         {std::pair(names.safetensors, ".safetensors"), std::pair(names.torch, ".bin")}) {
      const Path file = folder / fmt::format("{}{}{}", stem, variant, ending);
      if (is_file(file)) return Found{file};
      const Path index = folder / fmt::format("{}{}.index{}.json", stem, ending, variant);
      if (is_file(index)) return Found{index, true};
    }
  }
  return std::nullopt;
}

[[noreturn]] void fail(const Path& index, std::string what, std::string hint = {}) {
  throw Error(
      ErrorCode::io,
      {Diagnostic{.file = index.string(), .what = std::move(what), .hint = std::move(hint)}});
}

/// A name that cannot lead out of the folder.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

/// From file names to the tensors that the index expects in them.
std::map<std::string, std::vector<std::string>> read_index(const Path& index) {
  const Json json = read_json_object(index, kMaxIndex);
  const auto found = json.find("weight_map");
  if (found == json.end() || !found->is_object()) fail(index, "there is no map \"weight_map\"");
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, file] : found->items()) {
    if (!file.is_string()) fail(index, "the file of tensor " + quote(tensor) + " is no text");
    const auto& name = file.get_ref<const std::string&>();
    if (!is_plain_name(name)) {
      fail(index, "tensor " + quote(tensor) + " is in " + quote(name.substr(0, 255)) +
                      ", which is no name of a file in this folder");
    }
    shards[name].push_back(tensor);
    if (shards.size() > kMaxShards) fail(index, fmt::format("more than {} files", kMaxShards));
  }
  if (shards.empty()) fail(index, "\"weight_map\" names no tensors");
  return shards;
}

TensorArchive open_shards(const Path& index) {
  TensorArchive all;
  for (const auto& [name, tensors] : read_index(index)) {
    const Path file = index.parent_path() / name;
    if (!is_file(file)) {
      fail(index, "the file " + quote(name) + " is missing", "download the model again");
    }
    TensorArchive shard = open_weights_file(file);
    std::unordered_map<std::string_view, const ArchiveTensor*> by_name;
    for (const ArchiveTensor& tensor : shard.tensors) by_name[tensor.name] = &tensor;
    for (const std::string& tensor : tensors) {
      const auto it = by_name.find(tensor);
      if (it == by_name.end()) {
        fail(index, "the file " + quote(name) + " has no tensor " + quote(tensor));
      }
      all.tensors.push_back(*it->second);
    }
    all.metadata.merge(shard.metadata);
  }
  return all;
}

}  // namespace

WeightFiles open_weight_files(const Path& folder, const WeightFileNames& names) {
  const std::optional<Found> found = find(folder, names);
  if (!found) {
    throw Error(ErrorCode::io, folder.string() + ": there are no weights: expected " +
                                   quote(std::string(names.safetensors) + ".safetensors"));
  }
  WeightFiles out{found->file.string(),
                  found->is_index ? open_shards(found->file) : open_weights_file(found->file)};
  if (out.tensors.tensors.empty()) {
    throw Error(ErrorCode::io, out.origin + ": there are no tensors in the file");
  }
  return out;
}

}  // namespace calotype
