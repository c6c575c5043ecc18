#include <algorithm>
#include <numeric>
#include <vector>

#include "calotype/validate.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxWord = 64;  ///< longer words are not typing errors of names

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, or limit + 1 when there
/// are more than `limit`. Letter case counts as no edit. Optimal string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const bool same = lower(a[i - 1]) == lower(b[k - 1]);
      now[k] = std::min({last[k] + 1, now[k - 1] + 1, last[k - 1] + (same ? 0 : 1)});
      if (i > 1 && k > 1 && lower(a[i - 1]) == lower(b[k - 2]) &&
          lower(a[i - 2]) == lower(b[k - 1])) {
        now[k] = std::min(now[k], before[k - 2] + 1);
      }
    }
    if (*std::min_element(now.begin(), now.end()) > limit) return limit + 1;
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kMaxWord) return {};
  std::string nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t apart = candidate.size() > word.size() ? candidate.size() - word.size()
                                                             : word.size() - candidate.size();
    if (apart >= best || candidate == word) continue;
    const std::size_t distance = edit_distance(word, candidate, best - 1);
    if (distance >= best || distance >= candidate.size()) continue;
    best = distance;
    nearest = candidate;
    if (best == 0) break;
  }
  return nearest;
}

}  // namespace calotype
