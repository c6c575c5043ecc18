#include "formats/pickle_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "formats/little_endian.h"
#include "formats/pickle_opcodes.h"
#include "formats/utf8.h"

namespace calotype::pickle {

void Place::refuse(Diagnostic d) const {
  d.file = file;
  d.port = part;
  d.what = fmt::format("at byte {}: {}", base + at, d.what);
  throw Error(ErrorCode::io, {std::move(d)});
}

Machine::Machine(std::string_view text, Nodes& nodes, Meaning& meaning, Place place)
    : text_(text.substr(0, kMaxBytes)),
      nodes_(nodes),
      meaning_(meaning),
      place_(std::move(place)),
      none_(nodes.add(Kind::none)),
      true_(nodes.add(Node{.kind = Kind::boolean, .first = 1})),
      false_(nodes.add(Kind::boolean)) {}

NodeId Machine::run() {
  const bool proto = text_.size() >= 2 && static_cast<std::uint8_t>(text_[0]) == 0x80;
  if (!proto || text_[1] < 2 || text_[1] > 5) {
    fail({.what = "this is not the start of a pickle",
          .expected = "PROTO with a number from 2 to 5"});
  }
  at_ = 2;
  while (step()) {
  }
  if (!marks_.empty()) fail({.what = "STOP stands behind a MARK that was not used"});
  if (stack_.size() != 1) {
    fail({.what = "STOP", .expected = "one value", .got = fmt::format("{}", stack_.size())});
  }
  return stack_.back();
}

bool Machine::step() {
  place_.at = at_;
  if (++opcodes_ > kMaxOpcodes) {
    fail({.what = fmt::format("the pickle has more than {} opcodes", kMaxOpcodes)});
  }
  if (nodes_.size() >= kMaxNodes) {
    fail({.what = fmt::format("the pickle has more than {} values", kMaxNodes)});
  }
  if (at_ == text_.size() && at_ == kMaxBytes) {
    fail({.what = fmt::format("the pickle is longer than {} bytes", kMaxBytes)});
  }
  if (at_ == text_.size()) fail({.what = "the pickle ends without STOP"});
  const auto op = static_cast<std::uint8_t>(text_[at_++]);
  if (static_cast<Op>(op) == Op::stop) return false;
  if (!step_scalar(op) && !step_container(op) && !step_memo(op) && !step_call(op)) {
    const std::string_view name = opcode_name(op);
    fail({.what = name.empty()
                      ? fmt::format("0x{:02x} is not an opcode", op)
                      : fmt::format("the opcode {} is never used in files of weights", name)});
  }
  return true;
}

std::string Machine::opcode() const {
  return std::string(opcode_name(static_cast<std::uint8_t>(text_[place_.at])));
}

std::string_view Machine::take(std::size_t size) {
  if (text_.size() - at_ < size) {
    fail({.what = opcode() + " is cut off",
          .expected = fmt::format("{} bytes", size),
          .got = fmt::format("{}", text_.size() - at_)});
  }
  const std::string_view taken = text_.substr(at_, size);
  at_ += size;
  return taken;
}

std::uint64_t Machine::take_number(std::size_t size) { return little_endian(take(size)); }

void Machine::push_range(Kind kind, std::size_t size) {
  if (size > kMaxText) {
    fail({.what = opcode() + " is too long",
          .expected = fmt::format("at most {} bytes", kMaxText),
          .got = fmt::format("{}", size)});
  }
  const std::size_t begin = at_;
  const std::string_view bytes = take(size);
  if (kind == Kind::text && find_invalid_utf8(bytes)) {
    fail({.what = opcode() + " is not valid UTF-8"});
  }
  push(nodes_.add_range(kind, begin, size));
}

void Machine::push_long(std::size_t size) {
  if (size > 8) {
    const std::size_t begin = at_;
    take(size);
    return push(nodes_.add_range(Kind::long_integer, begin, size));
  }
  const std::string_view bytes = take(size);
  std::uint64_t value = little_endian(bytes);
  const bool negative = size > 0 && static_cast<std::uint8_t>(bytes.back()) >= 0x80;
  if (negative && size < 8) value |= ~std::uint64_t{0} << (8 * size);
  push(nodes_.add_integer(static_cast<std::int64_t>(value)));
}

bool Machine::step_scalar(std::uint8_t op) {
  switch (static_cast<Op>(op)) {
    case Op::none:
      push(none_);
      return true;
    case Op::new_true:
      push(true_);
      return true;
    case Op::new_false:
      push(false_);
      return true;
    case Op::bin_int:
      push(nodes_.add_integer(static_cast<std::int32_t>(take_number(4))));
      return true;
    case Op::bin_int1:
      push(nodes_.add_integer(static_cast<std::int64_t>(take_number(1))));
      return true;
    case Op::bin_int2:
      push(nodes_.add_integer(static_cast<std::int64_t>(take_number(2))));
      return true;
    case Op::long1:
      push_long(take_number(1));
      return true;
    case Op::bin_float: {
      std::string big_endian(take(8));
      std::reverse(big_endian.begin(), big_endian.end());
      push(nodes_.add_real(std::bit_cast<double>(little_endian(big_endian))));
      return true;
    }
    case Op::bin_unicode:
      push_range(Kind::text, take_number(4));
      return true;
    case Op::short_bin_unicode:
      push_range(Kind::text, take_number(1));
      return true;
    case Op::short_bin_string:  // Python 2 wrote names and bytes alike
      push_range(Kind::bytes, take_number(1));
      if (!find_invalid_utf8(nodes_.text(top()))) nodes_[top()].kind = Kind::text;
      return true;
    case Op::bin_bytes:
      push_range(Kind::bytes, take_number(4));
      return true;
    case Op::short_bin_bytes:
      push_range(Kind::bytes, take_number(1));
      return true;
    case Op::frame:
      if (take_number(8) > text_.size() - at_) {
        fail({.what = "FRAME ends behind the end of the pickle"});
      }
      return true;
    default:
      return false;
  }
}

}  // namespace calotype::pickle
