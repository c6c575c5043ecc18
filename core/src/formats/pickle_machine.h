#pragma once
// Python's pickle machine, cut down to data: it builds values and calls nothing. What a file would
// have called becomes an inert object that remembers the name.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "formats/pickle_nodes.h"

namespace calotype::pickle {

inline constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxOpcodes = 10'000'000;
inline constexpr std::size_t kMaxMemo = 1'000'000;
inline constexpr std::size_t kMaxNodes = 4'000'000;
inline constexpr int kMaxDepth = 64;
inline constexpr std::size_t kMaxText = std::size_t{1} << 20;  // bytes
inline constexpr std::size_t kMaxGlobalName = 256;             // bytes of a module or of a name
inline constexpr std::size_t kMaxGlobals = 4'096;              // different ones

/// Where in which file the machine is, for messages.
struct Place {
  const std::string& file;
  std::string part;      ///< "data.pkl"; may be empty
  std::size_t base = 0;  ///< offset of the pickle in the part
  std::size_t at = 0;    ///< of the opcode, in the pickle

  /// Throws Error(io) as `file: part: at byte N: what: expected ..., got ...`.
  [[noreturn]] void refuse(Diagnostic) const;
};

/// What some globals and the persistent ids stand for.
class Meaning {
 public:
  Meaning() = default;
  Meaning(const Meaning&) = delete;
  Meaning& operator=(const Meaning&) = delete;
  virtual ~Meaning() = default;

  /// The value that calling the global with these arguments (a tuple) stands for; empty: unknown,
  /// it becomes an inert object.
  virtual std::optional<NodeId> call(Nodes&, const std::string& global, NodeId arguments,
                                     const Place&) = 0;
  virtual NodeId persistent(Nodes&, NodeId id, const Place&) = 0;
};

class Machine {
 public:
  /// `text` starts with the pickle and may go on behind it. It and `nodes` (over the same text)
  /// must outlive the machine.
  Machine(std::string_view text, Nodes& nodes, Meaning& meaning, Place place);

  /// The value of the pickle. Throws Error(io) at the first opcode that breaks a rule.
  NodeId run();
  /// Bytes of the pickle, after `run`.
  std::size_t size() const { return at_; }

 private:
  bool step();  // false at STOP
  // Each is true when the opcode is one of its own.
  bool step_scalar(std::uint8_t op);
  bool step_container(std::uint8_t op);
  bool step_memo(std::uint8_t op);
  bool step_call(std::uint8_t op);

  // Bytes behind the opcode.
  std::string_view take(std::size_t size);
  std::uint64_t take_number(std::size_t size);
  std::string_view take_line();

  // The stack. Nothing below the last mark can be taken.
  void push(NodeId);
  NodeId top();
  NodeId pop();
  NodeId pop(Kind);
  std::size_t back(std::size_t count);  // position of the first of the last `count` values
  std::size_t pop_mark();               // position of the first value behind it

  void push_range(Kind, std::size_t size);
  void push_long(std::size_t size);
  void push_global(std::string_view module, std::string_view name);
  void make_tuple(std::size_t first);
  void put_items(std::size_t first, Kind wanted, std::size_t group);
  void append(NodeId container, NodeId item);
  void store(std::uint64_t slot);
  void recall(std::uint64_t slot);
  NodeId called(NodeId callee, NodeId arguments);
  NodeId object(NodeId callee, NodeId arguments);
  void build();
  void check_depth(NodeId) const;
  std::string opcode() const;
  [[noreturn]] void fail(Diagnostic d) const { place_.refuse(std::move(d)); }

  std::string_view text_;
  Nodes& nodes_;
  Meaning& meaning_;
  Place place_;
  std::size_t at_ = 0;
  std::size_t opcodes_ = 0;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;  // stack sizes
  std::vector<NodeId> memo_;
  std::size_t memo_used_ = 0;
  NodeId none_, true_, false_;
};

}  // namespace calotype::pickle
