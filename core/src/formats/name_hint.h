#pragma once
/// Hints of messages about unknown names.
#include <string>
#include <string_view>
#include <vector>

namespace calotype {

/// `its inputs: "a", "b" and 3 more`, with `what` for "its inputs"; "" without names.
std::string list_names(std::string_view what, const std::vector<std::string>& names);

/// `did you mean "x"?`, or without a near name what there is.
std::string name_hint(std::string_view word, std::string_view what,
                      const std::vector<std::string>& names);

}  // namespace calotype
