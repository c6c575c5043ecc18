#include "run/cache_key.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <random>
#include <variant>

namespace calotype {

namespace {

/// The alternative is part of the key: true, 1, 1u and 1.0 differ.
void add_value(Hasher& h, const ParamValue& value) {
  h.u64(value.index());
  if (const auto* b = std::get_if<bool>(&value)) {
    h.u64(*b ? 1 : 0);
  } else if (const auto* i = std::get_if<std::int64_t>(&value)) {
    h.u64(static_cast<std::uint64_t>(*i));
  } else if (const auto* u = std::get_if<std::uint64_t>(&value)) {
    h.u64(*u);
  } else if (const auto* d = std::get_if<double>(&value)) {
    h.number(*d);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    h.text(*s);
  }
}

template <class Row>
std::vector<std::uint32_t> by_name(const std::vector<Row>& rows) {
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return rows[a].name < rows[b].name; });
  return order;
}

/// Tells a digest from every alternative of ParamValue.
constexpr std::uint64_t kFileTag = 100;

}  // namespace

KeyMaker::KeyMaker(std::string_view environment)
    : environment_(Hasher().text("calotype").u64(kEngineEpoch).text(environment).digest()) {}

const KeyMaker::Order& KeyMaker::order_of(const NodeSchema& schema) {
  const auto found = orders_.find(&schema);
  if (found != orders_.end()) return found->second;
  return orders_.emplace(&schema, Order{by_name(schema.params), by_name(schema.inputs)})
      .first->second;
}

Hash128 KeyMaker::node(const ResolvedNode& node, const std::vector<Hash128>& digests,
                       const std::vector<std::vector<Hash128>>& inputs) {
  const NodeSchema& schema = *node.schema;
  const Order& order = order_of(schema);
  hasher_.clear();
  hasher_.hash(environment_).text(schema.type).u64(static_cast<std::uint64_t>(schema.version));
  if (!schema.code.empty()) hasher_.text("code").text(schema.code);
  hasher_.u64(order.params.size());
  for (const std::uint32_t i : order.params) {
    hasher_.text(schema.params[i].name);
    if (!digests.empty() && digests[i] != Hash128{}) {
      hasher_.u64(kFileTag).hash(digests[i]);
    } else {
      add_value(hasher_, node.params[i]);
    }
  }
  hasher_.u64(order.inputs.size());
  for (const std::uint32_t i : order.inputs) {
    hasher_.text(schema.inputs[i].name).u64(inputs[i].size());
    for (const Hash128& key : inputs[i]) hasher_.hash(key);
  }
  return hasher_.digest();
}

Hash128 KeyMaker::output(const Hash128& node, std::string_view port) {
  hasher_.clear();
  return hasher_.hash(node).text(port).digest();
}

Hash128 unique_key() {
  static const std::uint64_t process = [] {
    std::random_device random;
    return (std::uint64_t{random()} << 32) ^ random() ^
           static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  }();
  static std::atomic<std::uint64_t> count{0};
  return Hasher().text("unique").u64(process).u64(++count).digest();
}

}  // namespace calotype
