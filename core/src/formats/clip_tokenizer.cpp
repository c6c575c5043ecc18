#include "calotype/clip_tokenizer.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "formats/clip_merges.h"
#include "formats/clip_words.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

constexpr std::string_view kStartText = "<|startoftext|>";
constexpr std::string_view kEndText = "<|endoftext|>";

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  for (std::size_t pos = 0; pos < bytes.size();) {
    const char32_t c = next_code_point(bytes, pos);
    append_utf8(out, c == kInvalid ? kReplacement : c);
  }
  return out;
}

}  // namespace

struct ClipTokenizer::Tables {
  ClipMerges merges;
};

ClipTokenizer::ClipTokenizer(const std::filesystem::path& path)
    : tables_(std::make_unique<const Tables>(Tables{load_clip_merges(path)})) {}

ClipTokenizer::~ClipTokenizer() = default;

std::vector<std::int32_t> ClipTokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  const auto encode_part = [&](std::string_view part) {
    for_each_clip_word(
        part, [&](std::string_view word) { encode_word(tables_->merges.ranks, word, ids); });
  };
  // Special tokens are recognised in the text as it was written, before any normalisation.
  std::size_t part = 0;
  for (std::size_t at = text.find("<|"); at != text.npos; at = text.find("<|", at)) {
    const bool start = text.substr(at).starts_with(kStartText);
    if (!start && !text.substr(at).starts_with(kEndText)) {
      at += 2;
      continue;
    }
    encode_part(text.substr(part, at - part));
    ids.push_back(start ? kStart : kEnd);
    part = at += (start ? kStartText : kEndText).size();
  }
  encode_part(text.substr(part));
  return ids;
}

std::string ClipTokenizer::decode(const std::vector<std::int32_t>& ids) const {
  std::string bytes;
  for (const std::int32_t id : ids) {
    if (id < 0 || id >= kSize) {
      throw Error(ErrorCode::run, fmt::format("token id: expected 0 to {}, got {}", kSize - 1, id));
    }
    if (id >= kStart) {
      bytes += id == kStart ? kStartText : kEndText;
    } else {
      bytes += tables_->merges.bytes[static_cast<std::size_t>(id)];
      if (tables_->merges.ends_word[static_cast<std::size_t>(id)]) bytes += ' ';
    }
  }
  while (bytes.ends_with(' ')) bytes.pop_back();
  return valid_utf8(bytes);
}

}  // namespace calotype
