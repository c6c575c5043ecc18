#include "saved_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

[[noreturn]] void refuse_tensor(const ArchiveTensor& found, const std::string& expected) {
  throw Error(ErrorCode::io,
              fmt::format("the tensor {} must be {}, got {} [{}]", quote(found.name), expected,
                          dtype_name(found.dtype), fmt::join(found.shape, ", ")));
}

}  // namespace

at::Tensor float_tensor(const ArchiveTensor& saved, const TensorShape& shape) {
  const at::Tensor found = to_tensor(saved);
  const bool fits = found.dim() == shape.rank && found.numel() > 0 &&
                    (shape.channels == 0 || found.size(1) == shape.channels);
  if (!fits || !found.is_floating_point()) {
    refuse_tensor(saved, fmt::format("floating point numbers {}, at least one", shape.text));
  }
  return found.to(at::kFloat);
}

std::vector<std::int64_t> whole_numbers(const ArchiveTensor& saved,
                                        std::optional<std::int64_t> count) {
  const at::Tensor found = to_tensor(saved);
  if (!at::isIntegralType(found.scalar_type(), false) ||
      found.numel() != count.value_or(found.numel())) {
    refuse_tensor(saved, fmt::format("integers [{}]", count ? fmt::to_string(*count) : "N"));
  }
  const at::Tensor numbers = found.to(at::kLong).contiguous();
  const auto* data = numbers.const_data_ptr<std::int64_t>();
  return {data, data + numbers.numel()};
}

double one_number(const ArchiveTensor& saved) {
  const at::Tensor found = to_tensor(saved);
  if (found.numel() != 1 || !found.is_floating_point()) {
    refuse_tensor(saved, "one floating point number");
  }
  return found.item<double>();
}

}  // namespace calotype
