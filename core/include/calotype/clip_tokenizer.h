#pragma once
/// The byte-pair tokenizer of CLIP, equal to Hugging Face's CLIPTokenizer. Torch-free; immutable
/// after construction, thread-safe.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calotype/api.h"

namespace calotype {

class CALOTYPE_API ClipTokenizer {
 public:
  static constexpr std::int32_t kStart = 49406;
  static constexpr std::int32_t kEnd = 49407;
  static constexpr std::int32_t kSize = 49408;

  /// `path`: OpenAI's `bpe_simple_vocab_16e6.txt.gz` (or the same unpacked), or a folder with
  /// `vocab.json` and `merges.txt`. Throws Error(io) when the file is not such a table.
  explicit ClipTokenizer(const std::filesystem::path& path);
  ~ClipTokenizer();

  /// Ids of the text without start, end or padding. Any bytes are accepted; invalid UTF-8 is
  /// replaced by U+FFFD. n log n time and linear memory in the length, for every input.
  std::vector<std::int32_t> encode(std::string_view text) const;
  /// Text of ids, for messages and tests.
  std::string decode(const std::vector<std::int32_t>& ids) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace calotype
