#pragma once
// A row of a table of bad files: its content and the text it is refused with.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace calotype::test {

struct BadFile {
  std::string name;
  std::string content;  ///< what the file is made from
  std::string text;     ///< behind "<file>: "
};

inline void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.name; }

inline std::string row_name(const testing::TestParamInfo<BadFile>& info) { return info.param.name; }

/// The text about a place of a PyTorch file's pickle.
inline std::string at_byte(std::size_t byte, const std::string& text) {
  return "data.pkl: at byte " + std::to_string(byte) + ": " + text;
}

}  // namespace calotype::test
