#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "checkpoint/weights.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxListed = 8;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Equal, or equal but for ones at the end: a linear layer stored as a 1x1 convolution, or the
/// other way round.
bool same_but_for_trailing_ones(const std::vector<std::int64_t>& a,
                                const std::vector<std::int64_t>& b) {
  const auto& longer = a.size() > b.size() ? a : b;
  const auto& shorter = a.size() > b.size() ? b : a;
  return !shorter.empty() && std::equal(shorter.begin(), shorter.end(), longer.begin()) &&
         std::all_of(longer.begin() + static_cast<std::ptrdiff_t>(shorter.size()), longer.end(),
                     [](std::int64_t n) { return n == 1; });
}

/// One pass; NaN takes part in neither order and comes out of both ends.
bool all_finite(const at::Tensor& t) {
  if (t.numel() == 0) return true;
  const auto [low, high] = at::aminmax(t);
  return std::isfinite(low.item<double>()) && std::isfinite(high.item<double>());
}

/// Zeros that take no memory, whatever shape a damaged file asks for.
at::Tensor placeholder(const std::vector<std::int64_t>& shape, const Placement& placement) {
  return at::zeros({}, at::TensorOptions().device(placement.device).dtype(placement.dtype))
      .expand(shape);
}

std::string tensors(std::size_t n) { return n == 1 ? "1 tensor" : fmt::format("{} tensors", n); }

std::string list(const std::vector<std::string>& items) {
  const std::size_t listed = std::min(items.size(), kMaxListed);
  std::string text =
      fmt::format("{}", fmt::join(items.begin(), items.begin() + static_cast<long>(listed), ", "));
  if (items.size() > listed) text += fmt::format(" and {} more", items.size() - listed);
  return text;
}

}  // namespace

WeightReader::WeightReader(const Weights& weights, Placement placement, std::string model)
    : weights_(weights), placement_(placement), model_(std::move(model)) {}

at::Tensor WeightReader::take(std::string_view name, std::vector<std::int64_t> shape) {
  taken_.emplace(name);
  const auto record = [&](std::vector<std::string>& problems, std::string text) {
    if (std::find(problems.begin(), problems.end(), text) == problems.end()) {
      problems.push_back(std::move(text));
    }
    return placeholder(shape, placement_);
  };
  const auto* found = weights_.shape(name);
  if (!found) return record(missing_, quote(name));
  if (!same_but_for_trailing_ones(*found, shape)) {
    return record(misshapen_, fmt::format("{} (expected {}, found {})", quote(name),
                                          shape_text(shape), shape_text(*found)));
  }
  if (placement_.device.is_meta()) return placeholder(shape, placement_);
  const at::Tensor stored = weights_.tensor(name);
  if (!at::isFloatingType(stored.scalar_type())) {
    return record(misshapen_, fmt::format("{} (expected floating point, found {})", quote(name),
                                          c10::toString(stored.scalar_type())));
  }
  at::Tensor placed = stored.to(placement_.device, placement_.dtype);
  if (!all_finite(placed)) return record(not_finite_, quote(name));
  return *found == shape ? placed : placed.reshape(shape);
}

at::Tensor WeightReader::take_if_present(std::string_view name, std::vector<std::int64_t> shape) {
  return weights_.shape(name) ? take(name, std::move(shape)) : at::Tensor();
}

void WeightReader::finish() {
  std::vector<std::string> unused;
  const auto is_left = [&](const std::string& name) {
    return std::any_of(left_.begin(), left_.end(),
                       [&](const std::string& prefix) { return name.starts_with(prefix); });
  };
  for (const std::string& name : weights_.names()) {
    if (!taken_.contains(name) && !is_left(name)) unused.push_back(quote(name));
  }
  std::sort(unused.begin(), unused.end());

  std::vector<Diagnostic> problems;
  const auto report = [&](const std::vector<std::string>& items, std::string_view verb,
                          std::string hint) {
    if (items.empty()) return;
    problems.push_back({.file = weights_.origin(),
                        .what = fmt::format("{}: {} {}: {}", model_, tensors(items.size()),
                                            items.size() == 1 && verb == "missing" ? "is missing"
                                            : verb == "missing"                    ? "are missing"
                                                                                   : verb,
                                            list(items)),
                        .hint = std::move(hint)});
  };
  report(missing_, "missing", "");
  report(misshapen_, "of the wrong shape or type", "");
  report(not_finite_,
         fmt::format("with values that are not finite in {}", c10::toString(placement_.dtype)),
         placement_.dtype == at::kHalf ? "use dtype float32, or another copy of the file"
                                       : "the file is damaged; use another copy");
  report(unused, "that no part of this model uses", "the file is of another kind of model");
  if (!problems.empty()) throw Error(ErrorCode::io, std::move(problems));
}

}  // namespace calotype
