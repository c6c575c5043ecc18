#include "sampling/brownian_tree.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "calotype/types/aten.h"
#include "sampling/seed_sequence.h"

namespace calotype {

namespace {

constexpr std::size_t kPoolSize = 24;

/// To six decimals, exactly like Python's round(x, 6), so that both sides split alike.
double to_grid(double x) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.6f", x);
  return std::strtod(text.data(), nullptr);
}

}  // namespace

struct BrownianTree::Node {
  double start = 0;
  double end = 0;
  double middle = 0;
  std::uint64_t place = 0;  ///< number of the node within its depth
  std::uint64_t depth = 0;
  at::Tensor increment;
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
};

BrownianTree::BrownianTree(double start, double end, std::vector<std::int64_t> shape,
                           std::uint64_t seed)
    : shape_(std::move(shape)), seed_(seed), root_(std::make_unique<Node>()) {
  root_->start = to_grid(start);
  root_->end = to_grid(end);
  const std::uint32_t root_seed = SeedSequence(seed, {}, kPoolSize).generate_state(1)[0];
  root_->increment = randn(root_seed) * std::sqrt(end - start);
}

BrownianTree::~BrownianTree() = default;
BrownianTree::BrownianTree(BrownianTree&&) noexcept = default;

at::Tensor BrownianTree::randn(std::uint32_t seed) const {
  return at::randn(shape_, at::detail::createCPUGenerator(seed), at::kFloat);
}

void BrownianTree::split(Node& node) {
  node.middle = to_grid(0.5 * (node.end + node.start));
  const std::array<std::uint64_t, 2> key{node.place, node.depth};
  const std::uint32_t seed = SeedSequence(seed_, key, kPoolSize).generate_state(1)[0];
  const double before = node.middle - node.start;
  const double after = node.end - node.middle;
  const double per_length = 1 / (node.end - node.start);
  const double variance = before * after * per_length;

  node.left = std::make_unique<Node>();
  node.left->start = node.start;
  node.left->end = node.middle;
  node.left->place = 2 * node.place;
  node.left->depth = node.depth + 1;
  node.left->increment = node.increment * before * per_length + randn(seed) * std::sqrt(variance);

  node.right = std::make_unique<Node>();
  node.right->start = node.middle;
  node.right->end = node.end;
  node.right->place = 2 * node.place + 1;
  node.right->depth = node.depth + 1;
  node.right->increment = node.increment - node.left->increment;
}

/// Recursion ends at the grid: at most log2(length / 1e-6) levels.
void BrownianTree::collect(Node& node, double from, double to, at::Tensor& sum) {
  if (from <= node.start && to >= node.end) {
    sum = sum.defined() ? sum + node.increment : node.increment;
    return;
  }
  if (!node.left) split(node);
  if (from < node.middle) collect(*node.left, from, std::min(to, node.middle), sum);
  if (to > node.middle) collect(*node.right, std::max(from, node.middle), to, sum);
}

at::Tensor BrownianTree::increment(double from, double to) {
  if (from > to) return -increment(to, from);
  from = to_grid(std::clamp(from, root_->start, root_->end));
  to = to_grid(std::clamp(to, root_->start, root_->end));
  if (from == to) return at::zeros(shape_, at::kFloat);
  at::Tensor sum;
  collect(*root_, from, to, sum);
  return sum;
}

}  // namespace calotype
