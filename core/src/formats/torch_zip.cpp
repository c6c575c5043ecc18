#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "formats/torch_assemble.h"
#include "formats/torch_check.h"
#include "formats/torch_layouts.h"
#include "formats/zip_directory.h"

namespace calotype::torch_format {

namespace {

using namespace std::string_view_literals;
using zip::Entry;

constexpr std::string_view kPickle = "data.pkl";
constexpr std::string_view kData = "data/";
/// A deflated pickle may ask for memory that the file's own size does not justify.
constexpr std::size_t kMaxDeflated = std::size_t{2} << 20;

/// The entries of a file, by their name without the outer folder.
struct Contents {
  const Entry* pickle = nullptr;
  const Entry* byte_order = nullptr;
  std::unordered_map<std::string_view, const Entry*> data;  ///< by storage key
};

std::string_view root_of(const std::vector<Entry>& entries, const std::string& file) {
  for (const Entry& entry : entries) {
    const std::size_t slash = entry.name.find('/');
    if (slash != entry.name.npos && entry.name.substr(slash + 1) == kPickle) {
      return entry.name.substr(0, slash);
    }
  }
  zip::refuse(file, {},
              {.what = "this ZIP file is not one of PyTorch: it has no \"data.pkl\"",
               .hint = "give the path of the weights; unpack an archive of files first"});
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse_entry(const Entry& entry, std::string_view inner,
                               const std::string& file) {
  if (inner.starts_with("code/") || inner == "constants.pkl") {
    zip::refuse(file, entry.name,
                {.what = "this is a TorchScript program, not a file of weights",
                 .hint = "save the model's state_dict()"});
  }
  zip::refuse(file, entry.name, {.what = "the entry does not belong into a file of weights"});
}

Contents sort_entries(const std::vector<Entry>& entries, const std::string& file) {
  constexpr std::string_view kSmall[] = {"version", ".format_version", ".storage_alignment",
                                         ".data/serialization_id"};
  const std::string_view root = root_of(entries, file);
  Contents contents;
  for (const Entry& entry : entries) {
    const bool inside = entry.name.starts_with(root) && entry.name.size() > root.size() + 1 &&
                        entry.name[root.size()] == '/';
    const std::string_view inner = inside ? entry.name.substr(root.size() + 1) : ""sv;
    if (inner == kPickle) {
      contents.pickle = &entry;
      continue;
    }
    if (inner == "byteorder") {
      contents.byte_order = &entry;
    } else if (inner.starts_with(kData) && is_number(inner.substr(kData.size()))) {
      contents.data.emplace(inner.substr(kData.size()), &entry);
    } else if (std::find(std::begin(kSmall), std::end(kSmall), inner) == std::end(kSmall)) {
      refuse_entry(entry, inner, file);
    }
    if (entry.deflated) {
      zip::refuse(file, entry.name,
                  {.what = "the entry is deflated, which PyTorch never does",
                   .hint = "the file was packed again; load and save it with PyTorch"});
    }
  }
  return contents;
}

void check_byte_order(const Entry* entry, const std::string& file) {
  if (!entry) return;  // written before PyTorch 2.1
  zip::check_crc(entry->packed, *entry, file);
  if (entry->packed != "little") {
    zip::refuse(file, entry->name,
                {.what = "the byte order of the numbers",
                 .expected = "\"little\"",
                 .got = quote(entry->packed.substr(0, 20))});
  }
}

/// `unpacked` keeps the bytes when they are not in the file itself.
std::string_view pickle_text(const Entry& entry, std::string& unpacked, const std::string& file) {
  const std::size_t limit = entry.deflated ? kMaxDeflated : pickle::kMaxBytes;
  if (entry.size > limit) {
    zip::refuse(file, entry.name,
                {.what = "the pickle is too long",
                 .expected = fmt::format("at most {} bytes", limit),
                 .got = fmt::format("{}", entry.size)});
  }
  if (entry.deflated) {
    unpacked = zip::inflate_entry(entry, file);
    return unpacked;
  }
  zip::check_crc(entry.packed, entry, file);
  return entry.packed;
}

std::vector<StorageBytes> locate_storages(const Objects& objects, const Contents& contents,
                                          const std::shared_ptr<const void>& owner,
                                          const std::string& file) {
  std::vector<StorageBytes> storages;
  storages.reserve(objects.storages().size());
  for (const Storage& storage : objects.storages()) {
    const auto found = contents.data.find(storage.key);
    if (found == contents.data.end()) {
      zip::refuse(
          file, {},
          {.what = fmt::format("storage {} is not in the file", quote(storage.key.substr(0, 60)))});
    }
    const Entry& entry = *found->second;
    if (storage.bytes > entry.packed.size()) {
      zip::refuse(file, entry.name,
                  {.what = "the entry is shorter than its storage",
                   .expected = fmt::format("{} bytes", storage.bytes),
                   .got = fmt::format("{}", entry.packed.size())});
    }
    const std::string_view bytes = entry.packed.substr(0, storage.bytes);
    storages.push_back(
        {bytes, deferred_check(bytes, storage.dtype, storage.key, entry, owner, file)});
  }
  return storages;
}

}  // namespace

TensorArchive read_zip(const MappedFile& mapped, std::string_view text, const std::string& file) {
  const std::vector<Entry> entries = zip::read_directory(text, file);
  const Contents contents = sort_entries(entries, file);
  check_byte_order(contents.byte_order, file);
  std::string unpacked;
  const std::string_view pickle = pickle_text(*contents.pickle, unpacked, file);

  Objects objects;
  pickle::Nodes nodes(pickle);
  const pickle::Place place{.file = file, .part = std::string(kPickle)};
  pickle::Machine machine(pickle, nodes, objects, place);
  const pickle::NodeId root = machine.run();
  if (machine.size() != pickle.size()) {
    zip::refuse(file, contents.pickle->name,
                {.what = "bytes follow the end of the pickle",
                 .expected = fmt::format("{} bytes", machine.size()),
                 .got = fmt::format("{}", pickle.size())});
  }
  const auto storages = locate_storages(objects, contents, mapped.owner, file);
  return assemble({.nodes = nodes,
                   .objects = objects,
                   .root = root,
                   .storages = storages,
                   .owner = mapped.owner,
                   .file_size = text.size()},
                  file);
}

}  // namespace calotype::torch_format
