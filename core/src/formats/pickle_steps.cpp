// The opcodes that work on what is on the stack already.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "formats/pickle_machine.h"
#include "formats/pickle_opcodes.h"
#include "formats/utf8.h"

namespace calotype::pickle {

namespace {

bool is_printable(std::string_view text) {
  return !text.empty() && !find_invalid_utf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

void Machine::push(NodeId id) { stack_.push_back(id); }

NodeId Machine::top() {
  const std::size_t fence = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() <= fence) fail({.what = opcode() + " needs a value, and the stack is empty"});
  return stack_.back();
}

NodeId Machine::pop() {
  const NodeId id = top();
  stack_.pop_back();
  return id;
}

NodeId Machine::pop(Kind kind) {
  const NodeId id = pop();
  if (nodes_[id].kind != kind) {
    fail({.what = opcode(),
          .expected = std::string(kind_name(kind)),
          .got = std::string(kind_name(nodes_[id].kind))});
  }
  return id;
}

std::size_t Machine::pop_mark() {
  if (marks_.empty()) fail({.what = opcode() + " needs a MARK, and there is none"});
  const std::size_t first = marks_.back();
  marks_.pop_back();
  return first;
}

void Machine::check_depth(NodeId id) const {
  if (nodes_[id].depth > kMaxDepth) {
    fail({.what = fmt::format("values are nested deeper than {} levels", kMaxDepth)});
  }
}

void Machine::append(NodeId container, NodeId item) {
  nodes_.append(container, item);
  check_depth(container);
}

void Machine::make_tuple(std::size_t first) {
  const NodeId tuple = nodes_.add_container(Kind::tuple);
  for (std::size_t i = first; i < stack_.size(); ++i) append(tuple, stack_[i]);
  stack_.resize(first);
  push(tuple);
}

/// Puts the values from `first` on into the container below them.
void Machine::put_items(std::size_t first, Kind wanted, std::size_t group) {
  const std::vector<NodeId> items(stack_.begin() + static_cast<std::ptrdiff_t>(first),
                                  stack_.end());
  stack_.resize(first);
  const NodeId container = top();
  const Kind kind = nodes_[container].kind;
  if (kind != wanted && kind != Kind::object) {
    fail({.what = opcode(),
          .expected = std::string(kind_name(wanted)),
          .got = std::string(kind_name(kind))});
  }
  if (items.size() % group != 0) {
    fail({.what = opcode(),
          .expected = "pairs of key and value",
          .got = fmt::format("{} values", items.size())});
  }
  for (const NodeId item : items) {
    if (kind == wanted) {
      append(container, item);
    } else {
      nodes_.note_child(container, item);  // an unknown object; its items are dropped
      check_depth(container);
    }
  }
}

std::size_t Machine::back(std::size_t count) {
  const std::size_t fence = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - fence < count) {
    fail({.what = opcode(),
          .expected = fmt::format("{} value{} on the stack", count, count == 1 ? "" : "s"),
          .got = fmt::format("{}", stack_.size() - fence)});
  }
  return stack_.size() - count;
}

bool Machine::step_container(std::uint8_t op) {
  switch (static_cast<Op>(op)) {
    case Op::mark:
      marks_.push_back(stack_.size());
      return true;
    case Op::empty_tuple:
      push(nodes_.add_container(Kind::tuple));
      return true;
    case Op::tuple:
      make_tuple(pop_mark());
      return true;
    case Op::tuple1:
      make_tuple(back(1));
      return true;
    case Op::tuple2:
      make_tuple(back(2));
      return true;
    case Op::tuple3:
      make_tuple(back(3));
      return true;
    case Op::empty_list:
      push(nodes_.add_container(Kind::list));
      return true;
    case Op::append:
      put_items(back(1), Kind::list, 1);
      return true;
    case Op::appends:
      put_items(pop_mark(), Kind::list, 1);
      return true;
    case Op::empty_dict:
      push(nodes_.add_container(Kind::dict));
      return true;
    case Op::set_item:
      put_items(back(2), Kind::dict, 2);
      return true;
    case Op::set_items:
      put_items(pop_mark(), Kind::dict, 2);
      return true;
    case Op::empty_set:
      push(nodes_.add_container(Kind::set));
      return true;
    case Op::add_items:
      put_items(pop_mark(), Kind::set, 1);
      return true;
    default:
      return false;
  }
}

void Machine::store(std::uint64_t slot) {
  const NodeId id = top();
  if (slot >= kMaxMemo) {
    fail({.what = opcode(),
          .expected = fmt::format("a memo slot below {}", kMaxMemo),
          .got = fmt::format("{}", slot)});
  }
  if (slot >= memo_.size()) memo_.resize(slot + 1, kNothing);
  if (memo_[slot] == kNothing) ++memo_used_;
  memo_[slot] = id;
}

void Machine::recall(std::uint64_t slot) {
  if (slot >= memo_.size() || memo_[slot] == kNothing) {
    fail({.what = fmt::format("{} asks for memo slot {}, which is empty", opcode(), slot)});
  }
  push(memo_[slot]);
}

bool Machine::step_memo(std::uint8_t op) {
  switch (static_cast<Op>(op)) {
    case Op::bin_get:
      recall(take_number(1));
      return true;
    case Op::long_bin_get:
      recall(take_number(4));
      return true;
    case Op::bin_put:
      store(take_number(1));
      return true;
    case Op::long_bin_put:
      store(take_number(4));
      return true;
    case Op::memoize:
      store(memo_used_);
      return true;
    default:
      return false;
  }
}

std::string_view Machine::take_line() {
  const std::size_t size = text_.substr(at_, kMaxGlobalName + 1).find('\n');
  if (size == std::string_view::npos) {
    fail({.what = fmt::format("{} has no line end within {} bytes", opcode(), kMaxGlobalName + 1)});
  }
  const std::string_view line = take(size);
  ++at_;
  return line;
}

void Machine::push_global(std::string_view module, std::string_view name) {
  for (const std::string_view part : {module, name}) {
    if (part.size() > kMaxGlobalName || !is_printable(part)) {
      fail({.what = opcode() + " names something that Python cannot have"});
    }
  }
  if (nodes_.global_names().size() >= kMaxGlobals) {
    fail({.what = fmt::format("the pickle names more than {} things of Python", kMaxGlobals)});
  }
  push(nodes_.add_global(fmt::format("{}.{}", module, name)));
}

NodeId Machine::object(NodeId callee, NodeId arguments) {
  const Kind kind = nodes_[callee].kind;
  if (kind != Kind::global && kind != Kind::object) {
    fail({.what = opcode(), .expected = "a name", .got = std::string(kind_name(kind))});
  }
  const NodeId made = nodes_.add(
      Node{.kind = Kind::object, .third = kNothing, .first = callee, .second = arguments});
  nodes_.note_child(made, callee);
  nodes_.note_child(made, arguments);
  check_depth(made);
  return made;
}

NodeId Machine::called(NodeId callee, NodeId arguments) {
  if (nodes_[callee].kind == Kind::global) {
    const auto value = meaning_.call(nodes_, nodes_.global(callee), arguments, place_);
    if (value) return *value;
  }
  return object(callee, arguments);
}

void Machine::build() {
  const NodeId state = pop();
  const NodeId target = top();
  const Kind kind = nodes_[target].kind;
  if (kind == Kind::dict) return;  // attributes of an OrderedDict, such as _metadata
  if (kind != Kind::object) {
    fail({.what = opcode(), .expected = "an object", .got = std::string(kind_name(kind))});
  }
  nodes_[target].third = state;
  nodes_.note_child(target, state);
  check_depth(target);
}

bool Machine::step_call(std::uint8_t op) {
  switch (static_cast<Op>(op)) {
    case Op::global: {
      const std::string_view module = take_line();
      push_global(module, take_line());
      return true;
    }
    case Op::stack_global: {
      const NodeId name = pop(Kind::text);
      const NodeId module = pop(Kind::text);
      push_global(nodes_.text(module), nodes_.text(name));
      return true;
    }
    case Op::reduce: {
      const NodeId arguments = pop(Kind::tuple);
      push(called(pop(), arguments));
      return true;
    }
    case Op::new_obj: {
      const NodeId arguments = pop(Kind::tuple);
      push(object(pop(), arguments));
      return true;
    }
    case Op::build:
      build();
      return true;
    case Op::bin_pers_id:
      push(meaning_.persistent(nodes_, pop(), place_));
      return true;
    default:
      return false;
  }
}

}  // namespace calotype::pickle
