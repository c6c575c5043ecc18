#include "formats/name_hint.h"

#include <fmt/format.h>

#include <algorithm>

#include "calotype/validate.h"
#include "formats/problems.h"

namespace calotype {

std::string list_names(std::string_view what, const std::vector<std::string>& names) {
  constexpr std::size_t kMaxNamed = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxNamed); ++i) {
    list += (i == 0 ? fmt::format("{}: ", what) : ", ") + quote(names[i]);
  }
  if (names.size() > kMaxNamed) list += fmt::format(" and {} more", names.size() - kMaxNamed);
  return list;
}

std::string name_hint(std::string_view word, std::string_view what,
                      const std::vector<std::string>& names) {
  const std::string near = suggest(word, names);
  return near.empty() ? list_names(what, names) : did_you_mean(near);
}

}  // namespace calotype
