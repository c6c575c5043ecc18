#include "formats/torch_assemble.h"

#include <utility>

#include "formats/torch_names.h"

namespace calotype::torch_format {

namespace {

/// Copies that a small file may ask for beyond its own size.
constexpr std::uint64_t kSmallCopies = std::uint64_t{16} << 20;

}  // namespace

TensorArchive assemble(const Parsed& parsed, const std::string& file) {
  Listing listing = list_tensors(parsed.nodes, parsed.root, file);
  TensorMaker maker(parsed.nodes, parsed.objects, parsed.storages, parsed.owner,
                    parsed.file_size + kSmallCopies, file);
  TensorArchive archive{.metadata = std::move(listing.metadata)};
  archive.tensors.reserve(listing.tensors.size());
  for (NamedTensor& t : listing.tensors) {
    archive.tensors.push_back(
        maker.make(std::move(t.name), parsed.objects.recipe(parsed.nodes, t.tensor)));
  }
  return archive;
}

}  // namespace calotype::torch_format
