#pragma once
#include <cstdint>
#include <string_view>

namespace calotype::pickle {

/// The opcodes that files of weights use, as Python's pickletools names them.
enum class Op : std::uint8_t {
  mark = '(',
  stop = '.',
  none = 'N',
  new_true = 0x88,
  new_false = 0x89,
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  long1 = 0x8A,
  bin_float = 'G',
  bin_unicode = 'X',
  short_bin_unicode = 0x8C,
  short_bin_string = 'U',
  bin_bytes = 'B',
  short_bin_bytes = 'C',
  empty_tuple = ')',
  tuple = 't',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  empty_list = ']',
  append = 'a',
  appends = 'e',
  empty_dict = '}',
  set_item = 's',
  set_items = 'u',
  empty_set = 0x8F,
  add_items = 0x90,
  bin_get = 'h',
  long_bin_get = 'j',
  bin_put = 'q',
  long_bin_put = 'r',
  memoize = 0x94,
  global = 'c',
  stack_global = 0x93,
  reduce = 'R',
  build = 'b',
  new_obj = 0x81,
  bin_pers_id = 'Q',
  proto = 0x80,
  frame = 0x95,
};

/// "STACK_GLOBAL"; empty for a byte that is no opcode of any protocol up to 5. Knows also those
/// that files of weights never use, for messages.
std::string_view opcode_name(std::uint8_t byte);

}  // namespace calotype::pickle
