#pragma once
/// From the tensor names of diffusers to those of the original checkpoints. Numbers of levels and
/// of blocks per level are read from the names. Names that are not understood stay as they are, so
/// that the reader reports them as unused.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calotype {

class DiffusersUNetNames {
 public:
  explicit DiffusersUNetNames(const std::vector<std::string>& names);
  std::string rename(std::string_view name) const;

 private:
  /// Where a level's blocks begin and which it has.
  struct Level {
    int first_block = 0;
    int resnets = 0;
    bool attention = false;
    bool resampler = false;
  };
  std::map<int, Level> down_, up_;
};

class DiffusersVaeNames {
 public:
  explicit DiffusersVaeNames(const std::vector<std::string>& names);
  /// True for names that only diffusers uses.
  static bool recognises(std::string_view name);
  std::string rename(std::string_view name) const;

 private:
  int levels_ = 0;
};

}  // namespace calotype
