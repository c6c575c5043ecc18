#include "run/run_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "calotype/value_io.h"

namespace calotype {

namespace {

/// `Latent F32 [1, 4, 64, 64]`; only the name for types that cannot be saved.
std::string describe(const Value& value) {
  if (!value) return "nothing";
  std::string text = value.type()->name;
  if (!can_save(*value.type())) return text;
  try {
    const TensorArchive archive = save_value(value);
    if (!archive.tensors.empty()) {
      const ArchiveTensor& t = archive.tensors.front();
      text += fmt::format(" {} [{}]", dtype_name(t.dtype), fmt::join(t.shape, ", "));
    }
  } catch (...) {
    // The failure that is being reported matters more than a shape.
  }
  return text;
}

std::string describe_inputs(const ResolvedNode& node,
                            const std::vector<std::vector<Value>>& inputs) {
  constexpr std::size_t kMaxValues = 4;
  std::vector<std::string> ports;
  const std::size_t count = std::min(inputs.size(), node.schema->inputs.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (inputs[i].empty()) continue;
    std::vector<std::string> values;
    for (std::size_t v = 0; v < std::min(inputs[i].size(), kMaxValues); ++v) {
      values.push_back(describe(inputs[i][v]));
    }
    if (inputs[i].size() > kMaxValues) {
      values.push_back(fmt::format("{} more", inputs[i].size() - kMaxValues));
    }
    ports.push_back(
        fmt::format("{} = {}", quote(node.schema->inputs[i].name), fmt::join(values, " and ")));
  }
  return ports.empty() ? "no inputs" : fmt::format("inputs {}", fmt::join(ports, ", "));
}

}  // namespace

Error node_error(const ResolvedNode& node, const std::vector<std::vector<Value>>& inputs,
                 const std::exception_ptr& cause) {
  std::string text;
  std::string hint;
  std::vector<Diagnostic> further;
  std::shared_ptr<const void> thrown;
  try {
    std::rethrow_exception(cause);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::cancelled) return e;
    further = e.diagnostics();
    thrown = e.cause();
    if (!further.empty()) {
      hint = std::exchange(further.front().hint, {});
      text = format(further.front());
      further.erase(further.begin());
    }
  } catch (const std::bad_alloc&) {
    text = "out of memory";
    hint = "make the picture or the batch smaller";
  } catch (const std::exception& e) {
    text = e.what();
  } catch (...) {
    text = "an exception of an unknown type";
  }
  if (text.empty()) text = "it gave no reason";
  Diagnostic d = diagnostic_at(node.where);
  d.node = node.id;
  d.what = fmt::format("{} (plugin {}, {}) failed: {}", node.schema->type, node.schema->plugin,
                       describe_inputs(node, inputs), text);
  d.hint = std::move(hint);
  further.insert(further.begin(), std::move(d));
  return Error(ErrorCode::run, std::move(further)).with_cause(std::move(thrown));
}

}  // namespace calotype
