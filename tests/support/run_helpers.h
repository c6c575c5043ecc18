#pragma once
#include <map>
#include <string>

#include "calotype/engine.h"
#include "support/fake_nodes.h"
#include "support/resolved_graph.h"

namespace calotype::test {

/// The number in output `name` of a run.
inline double number(const RunResult& result, const std::string& name) {
  return result.outputs.at(name).value().as<Number>().value;
}

inline const NodeReport& report(const RunResult& result, const std::string& id) {
  for (const NodeReport& r : result.nodes) {
    if (r.id == id) return r;
  }
  throw std::runtime_error("no node " + id);
}

/// "a=ran b=memory", in plan order.
inline std::string statuses(const RunResult& result) {
  std::string text;
  for (const NodeReport& r : result.nodes) {
    text += (text.empty() ? "" : " ") + r.id + "=" + std::string(to_text(r.status));
  }
  return text;
}

/// The message of the Error that `body` throws; "" when it throws none.
template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace calotype::test
