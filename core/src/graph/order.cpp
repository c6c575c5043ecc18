#include "graph/order.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace calotype {

namespace {

/// Follows links backwards from every node that waits: whoever waits has an input that waits, so
/// each walk ends in a cycle or in an earlier walk.
std::vector<std::vector<std::uint32_t>> find_cycles(const std::vector<ResolvedNode>& nodes,
                                                    const std::vector<std::uint32_t>& waiting) {
  const auto count = static_cast<std::uint32_t>(nodes.size());
  std::vector<std::uint32_t> walk(count, 0);
  std::vector<std::vector<std::uint32_t>> cycles;
  std::uint32_t number = 0;
  for (std::uint32_t start = 0; start < count; ++start) {
    if (waiting[start] == 0 || walk[start] != 0) continue;
    ++number;
    std::vector<std::uint32_t> path;
    std::uint32_t at = start;
    while (walk[at] == 0) {
      walk[at] = number;
      path.push_back(at);
      for (const auto& links : nodes[at].inputs) {
        const auto blocked = std::find_if(links.begin(), links.end(), [&](const ResolvedLink& l) {
          return waiting[l.node] != 0;
        });
        if (blocked == links.end()) continue;
        at = blocked->node;
        break;
      }
    }
    if (walk[at] != number) continue;
    std::vector<std::uint32_t> cycle(std::find(path.begin(), path.end(), at), path.end());
    std::reverse(cycle.begin(), cycle.end());
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

}  // namespace

Order order_nodes(const std::vector<ResolvedNode>& nodes) {
  const auto count = static_cast<std::uint32_t>(nodes.size());
  // Consumers of node i are consumers[first[i]] to consumers[first[i + 1] - 1].
  std::vector<std::uint32_t> waiting(count, 0), first(count + 1, 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const auto& links : nodes[i].inputs) {
      for (const ResolvedLink& link : links) {
        ++waiting[i];
        ++first[link.node + 1];
      }
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) first[i + 1] += first[i];
  std::vector<std::uint32_t> consumers(first[count]), next(first.begin(), first.end());
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const auto& links : nodes[i].inputs) {
      for (const ResolvedLink& link : links) consumers[next[link.node]++] = i;
    }
  }
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  Order order;
  order.nodes.reserve(count);
  while (!ready.empty()) {
    const std::uint32_t node = ready.top();
    ready.pop();
    order.nodes.push_back(node);
    for (std::uint32_t c = first[node]; c < first[node + 1]; ++c) {
      if (--waiting[consumers[c]] == 0) ready.push(consumers[c]);
    }
  }
  if (order.nodes.size() < count) order.cycles = find_cycles(nodes, waiting);
  return order;
}

}  // namespace calotype
