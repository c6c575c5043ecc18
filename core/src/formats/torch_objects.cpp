#include "formats/torch_objects.h"

#include <fmt/format.h>

#include "formats/safetensors_layout.h"

namespace calotype::torch_format {

namespace {

using pickle::Kind;
using pickle::kind_name;
using pickle::NodeId;
using pickle::Nodes;
using pickle::Place;

/// One call of a known name, for reading its arguments one by one.
struct Arguments {
  Nodes& nodes;
  const Place& place;
  std::string_view function;
  std::vector<NodeId> items;

  void expect_count(std::size_t least, std::size_t most) const {
    if (items.size() >= least && items.size() <= most) return;
    place.refuse({.what = fmt::format("{} got other arguments than PyTorch writes", function),
                  .expected = least == most ? fmt::format("{}", least)
                                            : fmt::format("{} to {}", least, most),
                  .got = fmt::format("{}", items.size())});
  }

  NodeId get(std::size_t i, Kind wanted, std::string_view what) const {
    const Kind found = nodes[items[i]].kind;
    if (found != wanted) {
      place.refuse({.what = fmt::format("{} of {}", what, function),
                    .expected = std::string(kind_name(wanted)),
                    .got = std::string(kind_name(found))});
    }
    return items[i];
  }

  std::uint64_t count(std::size_t i, std::string_view what) const {
    const std::int64_t value = nodes.integer(get(i, Kind::integer, what));
    if (value < 0) {
      place.refuse({.what = fmt::format("{} of {}", what, function),
                    .expected = "0 or more",
                    .got = fmt::format("{}", value)});
    }
    return static_cast<std::uint64_t>(value);
  }

  /// A tuple of counts, at most as many as a shape may have.
  NodeId counts(std::size_t i, std::string_view what) const {
    const NodeId tuple = get(i, Kind::tuple, what);
    if (nodes[tuple].third > kMaxSafetensorsRank) {
      place.refuse({.what = fmt::format("{} of {} has too many dimensions", what, function),
                    .expected = fmt::format("at most {}", kMaxSafetensorsRank),
                    .got = fmt::format("{}", nodes[tuple].third)});
    }
    const Arguments inner{nodes, place, function, nodes.items(tuple)};
    for (std::size_t d = 0; d < inner.items.size(); ++d) inner.count(d, what);
    return tuple;
  }
};

NodeId add_indexed(Nodes& nodes, Kind kind, std::size_t index) {
  return nodes.add(
      pickle::Node{.kind = kind, .has_tensor = true, .first = static_cast<std::uint32_t>(index)});
}

DType dtype_argument(const Arguments& arguments, std::size_t i) {
  const std::string& name = arguments.nodes.global(arguments.get(i, Kind::global, "the dtype"));
  const auto dtype = element_dtype(name);
  // Booleans have storages of their own, which are checked to be 0 or 1.
  if (dtype && *dtype != DType::boolean) return *dtype;
  arguments.place.refuse({.what = fmt::format("elements of type {} are not read", name)});
}

/// Conjugated and negated tensors are marked, not computed, when they are saved.
void expect_no_marks(const Arguments& arguments, std::size_t i) {
  if (arguments.items.size() <= i) return;
  const pickle::Node& marks = arguments.nodes[arguments.items[i]];
  if (marks.kind == Kind::none || (marks.kind == Kind::dict && marks.third == 0)) return;
  arguments.place.refuse({.what = "a tensor with a conjugate or negative mark is not read",
                          .hint = "save it with resolve_conj() and resolve_neg()"});
}

std::string shown_key(std::string_view key) { return quote(key.substr(0, 60)); }

}  // namespace

std::optional<NodeId> Objects::call(Nodes& nodes, const std::string& global, NodeId arguments,
                                    const Place& place) {
  const auto read = [&] { return Arguments{nodes, place, global, nodes.items(arguments)}; };
  if (global == "collections.OrderedDict" && nodes[arguments].third == 0) {
    return nodes.add_container(Kind::dict);
  }
  if (global == "numpy.core.multiarray.scalar" || global == "numpy._core.multiarray.scalar") {
    return numpy_scalar(nodes, arguments);
  }
  if (global == "torch._utils._rebuild_parameter") {
    const Arguments a = read();
    a.expect_count(3, 3);
    return a.get(0, Kind::tensor, "the data");
  }
  const bool first = global == "torch._utils._rebuild_tensor";
  const bool second = global == "torch._utils._rebuild_tensor_v2";
  const bool third = global == "torch._utils._rebuild_tensor_v3";
  if (!first && !second && !third) return std::nullopt;

  const Arguments a = read();
  a.expect_count(first ? 4 : second ? 6 : 7, first ? 4 : second ? 7 : 8);
  Recipe recipe{.range = nodes[a.get(0, Kind::storage, "the storage")].first,
                .offset = a.count(1, "the offset"),
                .shape = a.counts(2, "the shape"),
                .strides = a.counts(3, "the stride")};
  if (nodes[recipe.shape].third != nodes[recipe.strides].third) {
    place.refuse({.what = "a tensor needs a stride for each dimension",
                  .expected = fmt::format("{}", nodes[recipe.shape].third),
                  .got = fmt::format("{}", nodes[recipe.strides].third)});
  }
  recipe.dtype = third ? dtype_argument(a, 6) : storages_[ranges_[recipe.range].storage].dtype;
  expect_no_marks(a, third ? 7 : 6);
  recipes_.push_back(recipe);
  return add_indexed(nodes, Kind::tensor, recipes_.size() - 1);
}

std::uint32_t Objects::storage_index(const Storage& storage, const Place& place) {
  const auto next = static_cast<std::uint32_t>(storages_.size());
  const auto [it, added] = by_key_.try_emplace(storage.key, next);
  if (added) {
    storages_.push_back(storage);
    return next;
  }
  const Storage& known = storages_[it->second];
  if (known.dtype != storage.dtype || known.elements != storage.elements) {
    place.refuse(
        {.what = fmt::format("storage {} is described twice", shown_key(storage.key)),
         .expected = fmt::format("{} elements of {}", known.elements, dtype_name(known.dtype)),
         .got = fmt::format("{} of {}", storage.elements, dtype_name(storage.dtype))});
  }
  return it->second;
}

NodeId Objects::persistent(Nodes& nodes, NodeId id, const Place& place) {
  const bool tuple = nodes[id].kind == Kind::tuple;
  const Arguments a{nodes, place, "a persistent id", tuple ? nodes.items(id) : std::vector{id}};
  if (!tuple || a.items.empty() || nodes[a.items[0]].kind != Kind::text ||
      nodes.text(a.items[0]) != "storage") {
    place.refuse({.what = "a persistent id", .expected = "a storage", .got = "something else"});
  }
  a.expect_count(5, 6);
  const std::string& type = nodes.global(a.get(1, Kind::global, "the type"));
  const auto dtype = storage_dtype(type);
  if (!dtype) place.refuse({.what = fmt::format("storages of type {} are not read", type)});
  Storage storage{.key = nodes.text(a.get(2, Kind::text, "the key")),
                  .dtype = *dtype,
                  .elements = a.count(4, "the number of elements")};
  const auto element = static_cast<std::uint64_t>(dtype_bits(*dtype) / 8);
  if (__builtin_mul_overflow(storage.elements, element, &storage.bytes)) {
    place.refuse({.what = fmt::format("storage {} overflows 64 bits", shown_key(storage.key)),
                  .got = fmt::format("{} elements of {}", storage.elements, dtype_name(*dtype))});
  }
  StorageRange range{.storage = storage_index(storage, place), .size = storage.bytes};
  if (a.items.size() == 6 && nodes[a.items[5]].kind != Kind::none) {
    const Arguments view{nodes, place, "the view of a storage",
                         nodes.items(a.get(5, Kind::tuple, "the view"))};
    view.expect_count(3, 3);
    const std::uint64_t begin = view.count(1, "the offset");
    const std::uint64_t size = view.count(2, "the size");
    if (begin > storage.elements || size > storage.elements - begin) {
      place.refuse(
          {.what = fmt::format("the view of storage {} ends behind it", shown_key(storage.key)),
           .expected = fmt::format("at most {} elements", storage.elements),
           .got = fmt::format("{} from element {}", size, begin)});
    }
    range.begin = begin * element;
    range.size = size * element;
  }
  ranges_.push_back(range);
  return add_indexed(nodes, Kind::storage, ranges_.size() - 1);
}

}  // namespace calotype::torch_format
