#include "checkpoint/named_weights.h"

#include <map>
#include <utility>

#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "calotype/types/tensor_io.h"

namespace calotype {

namespace {

class NamedWeights final : public Weights {
 public:
  using Tensors = std::map<std::string, ArchiveTensor, std::less<>>;
  NamedWeights(std::string origin, Tensors tensors)
      : origin_(std::move(origin)), tensors_(std::move(tensors)) {}

  std::string origin() const override { return origin_; }

  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    out.reserve(tensors_.size());
    for (const auto& [name, tensor] : tensors_) out.push_back(name);
    return out;
  }

  const std::vector<std::int64_t>* shape(std::string_view name) const override {
    const auto it = tensors_.find(name);
    return it == tensors_.end() ? nullptr : &it->second.shape;
  }

  at::Tensor tensor(std::string_view name) const override {
    const auto it = tensors_.find(name);
    if (it == tensors_.end()) {
      throw Error(ErrorCode::io, origin_ + ": there is no tensor " + quote(name));
    }
    if (!it->second.mapped) return to_tensor(it->second);
    ArchiveTensor passing = it->second;
    passing.owner = std::shared_ptr<const void>(
        passing.bytes.data(), [file = passing.owner, bytes = passing.bytes](const void*) {
          calotype::drop_pages(bytes);
        });
    return to_tensor(passing);
  }

  void drop_pages(std::string_view name) const override {
    const auto it = tensors_.find(name);
    if (it != tensors_.end() && it->second.mapped) calotype::drop_pages(it->second.bytes);
  }

  std::size_t bytes() const override {
    std::size_t sum = 0;
    for (const auto& [name, tensor] : tensors_) sum += tensor.bytes.size();
    return sum;
  }

 private:
  std::string origin_;
  Tensors tensors_;
};

}  // namespace

std::shared_ptr<const Weights> name_weights(std::string origin, const TensorArchive& archive,
                                            const Rename& rename) {
  NamedWeights::Tensors tensors;
  for (const ArchiveTensor& tensor : archive.tensors) {
    std::string name = rename(tensor.name);
    if (name.empty()) continue;
    const auto [it, added] = tensors.emplace(std::move(name), tensor);
    if (!added) {
      throw Error(ErrorCode::io, origin + ": the tensors " + quote(it->second.name) + " and " +
                                     quote(tensor.name) + " are the same weight " +
                                     quote(it->first));
    }
  }
  if (tensors.empty()) return nullptr;
  return std::make_shared<NamedWeights>(std::move(origin), std::move(tensors));
}

}  // namespace calotype
