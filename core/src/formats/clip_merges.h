#pragma once
// Reading CLIP's table of merges from its two published forms.
#include <filesystem>
#include <string>
#include <vector>

#include "formats/byte_pairs.h"

namespace calotype {

inline constexpr std::int32_t kClipMerges = 48'894;

struct ClipMerges {
  PairRanks ranks{kClipMerges};
  /// Bytes of each symbol, 0 to 49405.
  std::vector<std::string> bytes;
  std::vector<bool> ends_word;
};

/// `path`: the gzip file of OpenAI, the same unpacked, a `merges.txt`, or a folder with
/// `merges.txt` and `vocab.json`. Throws Error(io) that names the file, the line and what is wrong.
ClipMerges load_clip_merges(const std::filesystem::path& path);

}  // namespace calotype
