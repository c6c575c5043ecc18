#include "formats/clip_merges.h"

#include <fmt/format.h>

#include <unordered_map>

#include "calotype/error.h"
#include "calotype/mapped_file.h"
#include "formats/clip_vocab_json.h"
#include "formats/gunzip.h"
#include "formats/utf8.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20;
constexpr std::string_view kEndOfWord = "</w>";
constexpr std::string_view kHint =
    "give bpe_simple_vocab_16e6.txt.gz of CLIP, or the tokenizer folder of an SD 1.x model";

struct Line {
  std::string file;
  int number = 0;
  std::string_view text;

  [[noreturn]] void refuse(std::string what) const {
    // A damaged file can hold anything: only a readable excerpt helps.
    std::string excerpt(text.substr(0, 60));
    if (find_invalid_utf8(excerpt)) excerpt.clear();
    throw Error(ErrorCode::io, {Diagnostic{.file = file,
                                           .pos = {number, 1},
                                           .excerpt = std::move(excerpt),
                                           .what = std::move(what),
                                           .hint = std::string(kHint)}});
  }
};

/// Next line without its line break; false at the end of the text.
bool next_line(std::string_view& rest, Line& line) {
  if (rest.empty()) return false;
  const std::size_t end = rest.find('\n');
  line.text = rest.substr(0, end);
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  ++line.number;
  return true;
}

class Builder {
 public:
  Builder() {
    for (std::int32_t s = 0; s < kFirstMerged; ++s) {
      const std::int32_t byte_symbol = s % kByteSymbols;
      std::string text;
      append_utf8(text, printable(byte_symbol));
      if (s >= kByteSymbols) text += kEndOfWord;
      ids_.emplace(std::move(text), s);
      merges_.bytes.emplace_back(
          1, static_cast<char>(byte_order().byte_of[static_cast<std::size_t>(byte_symbol)]));
      merges_.ends_word.push_back(s >= kByteSymbols);
    }
  }

  void add(const Line& line, std::int32_t rank) {
    const std::size_t space = line.text.find(' ');
    if (space == line.text.npos || line.text.find(' ', space + 1) != line.text.npos) {
      line.refuse("expected two symbols with one space between them");
    }
    const std::string left(line.text.substr(0, space));
    const std::string right(line.text.substr(space + 1));
    const std::int32_t a = symbol(line, left);
    const std::int32_t b = symbol(line, right);
    if (left.ends_with(kEndOfWord)) line.refuse("the left symbol ends a word, nothing can follow");
    if (!ids_.emplace(left + right, kFirstMerged + rank).second || !merges_.ranks.add(a, b, rank)) {
      line.refuse(fmt::format("the symbol {} is made twice", shown(left + right)));
    }
    merges_.bytes.push_back(merges_.bytes[static_cast<std::size_t>(a)] +
                            merges_.bytes[static_cast<std::size_t>(b)]);
    merges_.ends_word.push_back(right.ends_with(kEndOfWord));
  }

  const SymbolIds& ids() const { return ids_; }
  ClipMerges take() { return std::move(merges_); }

 private:
  static std::string shown(const std::string& symbol) {
    return find_invalid_utf8(symbol) ? "with bytes that are not UTF-8"
                                     : quote(symbol.substr(0, 60));
  }

  std::int32_t symbol(const Line& line, const std::string& text) const {
    const auto found = ids_.find(text);
    if (found == ids_.end()) {
      line.refuse(fmt::format("the symbol {} is not made by an earlier line", shown(text)));
    }
    return found->second;
  }

  SymbolIds ids_;
  ClipMerges merges_;
};

/// OpenAI's file lists more merges than CLIP uses; `merges.txt` lists just those.
Builder parse(std::string_view text, const std::string& file) {
  Line line{.file = file};
  if (!next_line(text, line) || line.text.find("#version") == line.text.npos) {
    line.refuse("expected a first line with \"#version\": this is not a table of merges");
  }
  const bool may_go_on = line.text.starts_with("\"bpe_simple_vocab");
  Builder builder;
  for (std::int32_t rank = 0; rank < kClipMerges; ++rank) {
    if (!next_line(text, line) || line.text.empty()) {
      line.refuse(fmt::format("expected {} merges, got {}", kClipMerges, rank));
    }
    builder.add(line, rank);
  }
  if (!may_go_on && next_line(text, line) && !line.text.empty()) {
    line.refuse(fmt::format("more than {} merges: this is not the table of CLIP", kClipMerges));
  }
  return builder;
}

std::string read_text(const std::filesystem::path& path) {
  const MappedFile file = map_file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (bytes.size() > kMaxText) {
    throw Error(ErrorCode::io, {Diagnostic{.file = path.string(),
                                           .what = "the file is too long",
                                           .expected = fmt::format("at most {} bytes", kMaxText),
                                           .got = fmt::format("{}", bytes.size()),
                                           .hint = std::string(kHint)}});
  }
  if (bytes.starts_with("\x1f\x8b")) return gunzip(bytes, kMaxText, path.string());
  return std::string(bytes);
}

}  // namespace

ClipMerges load_clip_merges(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  const std::filesystem::path table = folder ? path / "merges.txt" : path;
  const std::string text = read_text(table);
  Builder builder = parse(text, table.string());
  if (folder) {
    const std::filesystem::path vocab = path / "vocab.json";
    check_clip_vocab_json(read_text(vocab), builder.ids(), vocab.string());
  }
  return builder.take();
}

}  // namespace calotype
