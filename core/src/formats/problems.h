#pragma once
/// Collects the problems of one file or graph, so that all of them can be thrown at once.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/graph.h"

namespace calotype {

class Problems {
 public:
  /// As many as somebody will read; further ones are only counted.
  static constexpr std::size_t kLimit = 50;

  explicit Problems(Severity severity = Severity::error) : severity_(severity) {}

  /// A diagnostic to fill in. Beyond the limit it is one that nobody sees.
  Diagnostic& add(const SourceRef& where) {
    if (full()) {
      ++more_;
      return unseen_ = {};
    }
    seen_.push_back(diagnostic_at(where));
    seen_.back().severity = severity_;
    return seen_.back();
  }
  void add_uncollected(std::size_t count) { more_ += count; }

  /// Further texts would be in vain: skip what is costly to word.
  bool full() const { return seen_.size() >= kLimit; }
  bool empty() const { return seen_.empty() && more_ == 0; }

  /// Ordered by place in the file, then "and N more".
  std::vector<Diagnostic> take() {
    std::stable_sort(seen_.begin(), seen_.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return std::tie(a.file, a.pos.line, a.pos.column) <
             std::tie(b.file, b.pos.line, b.pos.column);
    });
    if (more_ > 0) {
      Diagnostic rest;
      rest.severity = severity_;
      rest.what = "and " + std::to_string(more_) + " more";
      seen_.push_back(std::move(rest));
    }
    more_ = 0;
    return std::exchange(seen_, {});
  }
  void throw_if_any() {
    if (!empty()) throw Error(ErrorCode::graph, take());
  }

 private:
  Severity severity_;
  std::vector<Diagnostic> seen_;
  Diagnostic unseen_;
  std::size_t more_ = 0;
};

/// `did you mean "x"?`, or "" without a near name.
inline std::string did_you_mean(const std::string& near) {
  return near.empty() ? std::string() : "did you mean " + quote(near) + "?";
}

}  // namespace calotype
