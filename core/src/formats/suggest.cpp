#include <algorithm>
#include <numeric>
#include <vector>

#include "calotype/validate.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxWord = 64;  ///< longer words are not typing errors of names

/// As names here are written: "DPM++ 2M" is "dpmpp_2m".
std::string plain(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == '-') c = '_';
    if (c == '+') c = 'p';
  }
  return text;
}

std::string_view without_first_part(std::string_view name) {
  const std::size_t end = name.find('_');
  return end == std::string_view::npos ? std::string_view() : name.substr(end + 1);
}

/// Whether each part of `word` begins a part of `name`, in this order: "euler_a" abbreviates
/// "euler_ancestral", and "dpmpp_sde" abbreviates "dpmpp_2m_sde".
bool abbreviates(std::string_view word, std::string_view name) {
  for (; !word.empty(); word = without_first_part(word), name = without_first_part(name)) {
    const std::string_view part = word.substr(0, word.find('_'));
    while (!name.empty() && !name.starts_with(part)) name = without_first_part(name);
    if (part.empty() || name.empty()) return false;
  }
  return true;
}

/// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, or limit + 1 when there
/// are more than `limit`. Optimal string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const bool same = a[i - 1] == b[k - 1];
      now[k] = std::min({last[k] + 1, now[k - 1] + 1, last[k - 1] + (same ? 0 : 1)});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        now[k] = std::min(now[k], before[k - 2] + 1);
      }
    }
    if (*std::min_element(now.begin(), now.end()) > limit) return limit + 1;
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

/// The shortest candidate that `word` abbreviates. A word of one part says too little for that.
std::string spelled_out(std::string_view word, const std::vector<std::string>& candidates) {
  std::string shortest;
  if (word.find('_') == std::string_view::npos) return shortest;
  for (const std::string& candidate : candidates) {
    if (!shortest.empty() && candidate.size() >= shortest.size()) continue;
    if (abbreviates(word, plain(candidate))) shortest = candidate;
  }
  return shortest;
}

std::string nearest_by_edits(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t apart = candidate.size() > word.size() ? candidate.size() - word.size()
                                                             : word.size() - candidate.size();
    if (apart >= best) continue;
    const std::size_t distance = edit_distance(word, plain(candidate), best - 1);
    if (distance >= best || distance >= candidate.size()) continue;
    best = distance;
    nearest = candidate;
    if (best == 0) break;
  }
  return nearest;
}

/// The longest candidate of several parts that `word` begins with: "dpmpp_2m" of
/// "dpmpp_2m_karras".
std::string said_first(std::string_view word, const std::vector<std::string>& candidates) {
  std::string longest;
  for (const std::string& candidate : candidates) {
    if (candidate.size() <= longest.size() || candidate.find('_') == std::string::npos) continue;
    if (word.starts_with(plain(candidate) + '_')) longest = candidate;
  }
  return longest;
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kMaxWord) return {};
  const std::string asked = plain(word);
  for (const auto look : {spelled_out, nearest_by_edits, said_first}) {
    const std::string found = look(asked, candidates);
    if (!found.empty() && found != word) return found;
  }
  return {};
}

}  // namespace calotype
