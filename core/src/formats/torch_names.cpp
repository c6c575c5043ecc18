#include "formats/torch_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "formats/pickle_machine.h"
#include "formats/safetensors_layout.h"
#include "formats/torch_objects.h"

namespace calotype::torch_format {

namespace {

using pickle::CellId;
using pickle::Kind;
using pickle::kNothing;
using pickle::NodeId;
using pickle::Nodes;
using safetensors::refuse;

/// Entries looked at: more than any file has, fewer than a dictionary can spell that holds the same
/// one many times.
constexpr std::size_t kMaxVisited = 4'000'000;
/// Names repeat those of the dictionaries around them, so that they can be longer than the file.
constexpr std::size_t kMaxNameBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxMetadataText = 65'536;
constexpr std::size_t kListedObjects = 16;
constexpr std::string_view kUnread = "unread_objects";

/// What would have made an object, for messages.
std::string maker(const Nodes& nodes, NodeId id) {
  for (int step = 0; step < pickle::kMaxDepth && nodes[id].kind == Kind::object; ++step) {
    id = nodes[id].first;
  }
  return nodes[id].kind == Kind::global ? nodes.global(id) : "something unknown";
}

std::optional<std::string> metadata_text(const Nodes& nodes, NodeId id) {
  switch (nodes[id].kind) {
    case Kind::boolean:
      return nodes.integer(id) ? "true" : "false";
    case Kind::integer:
      return fmt::format("{}", nodes.integer(id));
    case Kind::real:
      return fmt::format("{}", nodes.real(id));
    case Kind::text:
      if (nodes.text(id).size() > kMaxMetadataText) return std::nullopt;
      return std::string(nodes.text(id));
    default:
      return std::nullopt;
  }
}

bool is_metadata_key(const Nodes& nodes, NodeId key) {
  if (nodes[key].kind != Kind::text) return false;
  const std::string_view text = nodes.text(key);
  return !text.empty() && text.size() <= kMaxSafetensorsName &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Calls `visit(key, value)` for each item of a dictionary.
template <class Visit>
void for_each_item(const Nodes& nodes, NodeId dict, Visit&& visit) {
  CellId at = nodes.first_cell(dict);
  while (at != kNothing) {
    const auto& key = nodes.cell(at);
    const auto& value = nodes.cell(key.next);
    visit(key.item, value.item);
    at = value.next;
  }
}

std::string unread_objects(const Nodes& nodes) {
  std::string text;
  std::size_t unread = 0;
  for (const std::string& name : nodes.global_names()) {
    if (is_known_global(name) || ++unread > kListedObjects) continue;
    text += (text.empty() ? "" : ", ") + name;
  }
  if (unread > kListedObjects) text += fmt::format(" and {} more", unread - kListedObjects);
  return text;
}

std::map<std::string, std::string> read_metadata(const Nodes& nodes, NodeId root) {
  std::map<std::string, std::string> metadata;
  for_each_item(nodes, root, [&](NodeId key, NodeId value) {
    if (metadata.size() >= kMaxSafetensorsMetadata || !is_metadata_key(nodes, key)) return;
    if (auto text = metadata_text(nodes, value)) {
      metadata.insert_or_assign(std::string(nodes.text(key)), std::move(*text));
    }
  });
  if (std::string unread = unread_objects(nodes); !unread.empty()) {
    metadata.insert_or_assign(std::string(kUnread), std::move(unread));
  }
  return metadata;
}

/// The dictionary that holds the weights: `root` or a well-known one in it.
NodeId weights_of(const Nodes& nodes, NodeId root, const std::string& file) {
  constexpr std::string_view kOuter[] = {"state_dict", "params_ema", "params"};
  std::optional<NodeId> found[std::size(kOuter)];
  for_each_item(nodes, root, [&](NodeId key, NodeId value) {
    if (nodes[key].kind != Kind::text || nodes[value].kind != Kind::dict) return;
    if (!nodes[value].has_tensor) return;
    for (std::size_t i = 0; i < std::size(kOuter); ++i) {
      if (nodes.text(key) != kOuter[i]) continue;
      if (found[i]) {
        refuse(file, {}, {.what = fmt::format("the file has two dictionaries \"{}\"", kOuter[i])});
      }
      found[i] = value;
    }
  });
  for (const auto& weights : found) {
    if (weights) return *weights;
  }
  return root;
}

/// Where the walk is in one of the dictionaries that it is in.
struct Level {
  CellId next;
  std::size_t prefix;  // bytes of the name before its own keys
};

class Walk {
 public:
  Walk(const Nodes& nodes, const std::string& file) : nodes_(nodes), file_(file) {}

  /// The tensors of a tuple or list, named by their places from 0.
  std::deque<NamedTensor> number(NodeId sequence) {
    std::size_t place = 0;
    for (CellId at = nodes_.first_cell(sequence); at != kNothing; at = nodes_.cell(at).next) {
      name_ = std::to_string(place++);
      if (nodes_[nodes_.cell(at).item].kind == Kind::tensor) add(nodes_.cell(at).item);
    }
    return std::move(tensors_);
  }

  std::deque<NamedTensor> run(NodeId dict) {
    levels_.push_back({nodes_.first_cell(dict), 0});
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == kNothing) {
        levels_.pop_back();
        continue;
      }
      const auto& key = nodes_.cell(level.next);
      const auto& value = nodes_.cell(key.next);
      level.next = value.next;
      name_.resize(level.prefix);
      if (++visited_ > kMaxVisited) {
        refuse(file_, {},
               {.what = fmt::format("the dictionaries list more than {} entries", kMaxVisited)});
      }
      if (add_key(key.item)) visit(value.item);
    }
    return std::move(tensors_);
  }

 private:
  /// False for keys that cannot be part of a name.
  bool add_key(NodeId key) {
    if (nodes_[key].kind == Kind::text) {
      name_ += nodes_.text(key).substr(0, kMaxSafetensorsName + 1);
    } else if (nodes_[key].kind == Kind::integer) {
      name_ += fmt::format("{}", nodes_.integer(key));
    } else {
      return false;
    }
    return true;
  }

  void visit(NodeId value) {
    switch (nodes_[value].kind) {
      case Kind::dict:
        enter(value);
        break;
      case Kind::tensor:
        add(value);
        break;
      case Kind::storage:
        refuse(file_, name_, {.what = "it is a bare storage, expected a tensor"});
      case Kind::object:
        if (!nodes_[value].has_tensor) break;
        refuse(file_, name_,
               {.what = fmt::format("it is made by {}, which is not read", maker(nodes_, value)),
                .hint = "save the model's state_dict() as plain tensors"});
      default:
        break;
    }
  }

  void enter(NodeId dict) {
    if (levels_.size() >= static_cast<std::size_t>(pickle::kMaxDepth)) {
      refuse(file_, name_,
             {.what =
                  fmt::format("dictionaries are nested deeper than {} levels", pickle::kMaxDepth)});
    }
    if (name_.size() > kMaxSafetensorsName) safetensors::check_name(file_, name_);
    name_ += '.';
    levels_.push_back({nodes_.first_cell(dict), name_.size()});
  }

  void add(NodeId tensor) {
    safetensors::check_name(file_, name_);
    if (tensors_.size() >= kMaxSafetensorsTensors) {
      refuse(file_, {},
             {.what = fmt::format("the file lists more than {} tensors", kMaxSafetensorsTensors)});
    }
    name_bytes_ += name_.size();
    if (name_bytes_ > kMaxNameBytes) {
      refuse(
          file_, {},
          {.what = fmt::format("the names of the tensors take more than {} bytes", kMaxNameBytes)});
    }
    tensors_.push_back({name_, tensor});
    if (!names_.insert(tensors_.back().name).second) {
      refuse(file_, name_, {.what = "the tensor is listed twice"});
    }
  }

  const Nodes& nodes_;
  const std::string& file_;
  std::string name_;
  std::vector<Level> levels_;
  std::size_t visited_ = 0;
  std::size_t name_bytes_ = 0;
  std::deque<NamedTensor> tensors_;             // do not move
  std::unordered_set<std::string_view> names_;  // of theirs
};

}  // namespace

Listing list_tensors(const Nodes& nodes, NodeId root, const std::string& file) {
  const Kind kind = nodes[root].kind;
  if (kind == Kind::object) {
    refuse(file, {},
           {.what = "the file holds a whole Python object instead of named tensors",
            .expected = "a dictionary of tensors",
            .got = maker(nodes, root),
            .hint = "save the model's state_dict()"});
  }
  if (kind == Kind::tuple || kind == Kind::list) {
    Listing listing{.metadata = {}, .tensors = Walk(nodes, file).number(root)};
    if (!listing.tensors.empty()) return listing;
  }
  if (kind != Kind::dict) {
    refuse(file, {},
           {.what = "the file",
            .expected = "a dictionary of tensors",
            .got = std::string(kind_name(kind))});
  }
  return {read_metadata(nodes, root), Walk(nodes, file).run(weights_of(nodes, root, file))};
}

}  // namespace calotype::torch_format
