// What torch.save wrote before 1.6: five pickles one after the other, then the storages.
#include <fmt/format.h>

#include <unordered_map>

#include "formats/little_endian.h"
#include "formats/safetensors_layout.h"
#include "formats/torch_assemble.h"
#include "formats/torch_check.h"
#include "formats/torch_layouts.h"

namespace calotype::torch_format {

namespace {

using namespace std::string_view_literals;
using pickle::Kind;
using pickle::NodeId;
using pickle::Nodes;
using safetensors::refuse;

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr std::int64_t kProtocol = 1001;

/// One pickle after the other.
class Pickles {
 public:
  Pickles(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  /// The next one; the nodes must be over `rest()`.
  NodeId next(const char* part, Nodes& nodes, pickle::Meaning& meaning) {
    pickle::Machine machine(rest(), nodes, meaning, {.file = file_, .part = part, .base = at_});
    const NodeId root = machine.run();
    at_ += machine.size();
    return root;
  }
  std::string_view rest() const { return text_.substr(at_); }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

void check_header(Pickles& pickles, const std::string& file) {
  Objects objects;
  Nodes magic(pickles.rest());
  const NodeId number = pickles.next("magic number", magic, objects);
  if (magic[number].kind != Kind::long_integer || magic.text(number) != kMagic) {
    refuse(file, {},
           {.what = "this is a pickle, but not one that torch.save wrote",
            .hint = "give the path of a file of weights"});
  }
  Nodes protocol(pickles.rest());
  const NodeId version = pickles.next("protocol", protocol, objects);
  if (protocol[version].kind != Kind::integer || protocol.integer(version) != kProtocol) {
    refuse(file, {}, {.what = "the protocol of the file", .expected = "1001"});
  }
  Nodes system(pickles.rest());
  const NodeId info = pickles.next("system", system, objects);
  if (system[info].kind != Kind::dict) {
    refuse(file, {}, {.what = "the description of the system is no dictionary"});
  }
  const std::vector<NodeId> items = system.items(info);
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (system[items[i]].kind == Kind::text && system.text(items[i]) == "little_endian" &&
        (system[items[i + 1]].kind != Kind::boolean || system.integer(items[i + 1]) != 1)) {
      refuse(file, {}, {.what = "the byte order of the numbers", .expected = "little endian"});
    }
  }
}

[[noreturn]] void refuse_storage(const Storage& storage, const std::string& file, Diagnostic d) {
  d.what = fmt::format("storage {}: {}", quote(storage.key.substr(0, 60)), d.what);
  refuse(file, {}, std::move(d));
}

/// The storages stand in the order of the last pickle, each with its number of elements.
std::vector<StorageBytes> locate_storages(const Objects& objects, const Nodes& nodes, NodeId keys,
                                          std::string_view data,
                                          const std::shared_ptr<const void>& owner,
                                          const std::string& file) {
  if (nodes[keys].kind != Kind::list) refuse(file, {}, {.what = "the storages have no list"});
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < objects.storages().size(); ++i) {
    index.emplace(objects.storages()[i].key, i);
  }
  std::vector<StorageBytes> storages(objects.storages().size());
  if (nodes[keys].third != storages.size()) {
    refuse(file, {},
           {.what = "the list of storages does not match the tensors",
            .expected = fmt::format("{} storages", storages.size()),
            .got = fmt::format("{}", nodes[keys].third)});
  }
  for (const NodeId key : nodes.items(keys)) {
    const auto found = nodes[key].kind == Kind::text ? index.find(nodes.text(key)) : index.end();
    if (found == index.end()) {
      refuse(file, {}, {.what = "the list of storages has one twice or one of no tensor"});
    }
    const std::size_t at = found->second;
    index.erase(found);
    const Storage& storage = objects.storages()[at];
    const std::uint64_t elements = little_endian(data.substr(0, 8));
    if (data.size() < 8 || elements != storage.elements) {
      refuse_storage(
          storage, file,
          {.what = "the number of elements before its data",
           .expected = fmt::format("{}", storage.elements),
           .got = data.size() < 8 ? "the end of the file" : fmt::format("{}", elements)});
    }
    data.remove_prefix(8);
    if (data.size() < storage.bytes) {
      refuse_storage(storage, file,
                     {.what = "the data ends behind the end of the file",
                      .expected = fmt::format("{} bytes", storage.bytes),
                      .got = fmt::format("{}", data.size()),
                      .hint = "the file is cut off; fetch it again"});
    }
    const std::string_view bytes = data.substr(0, storage.bytes);
    storages[at] = {bytes, deferred_check(bytes, storage.dtype, storage.key, {}, owner, file)};
    data.remove_prefix(storage.bytes);
  }
  if (!data.empty()) {
    refuse(file, {},
           {.what = "bytes follow the last storage",
            .expected = "the end of the file",
            .got = fmt::format("{} bytes", data.size())});
  }
  return storages;
}

}  // namespace

TensorArchive read_legacy(const MappedFile& mapped, std::string_view text,
                          const std::string& file) {
  Pickles pickles(text, file);
  check_header(pickles, file);
  Objects objects;
  Nodes nodes(pickles.rest());
  const NodeId root = pickles.next("object", nodes, objects);
  Objects no_objects;
  Nodes key_nodes(pickles.rest());
  const NodeId keys = pickles.next("storage list", key_nodes, no_objects);
  const auto storages =
      locate_storages(objects, key_nodes, keys, pickles.rest(), mapped.owner, file);
  return assemble({.nodes = nodes,
                   .objects = objects,
                   .root = root,
                   .storages = storages,
                   .owner = mapped.owner,
                   .file_size = text.size()},
                  file);
}

}  // namespace calotype::torch_format
