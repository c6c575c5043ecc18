#include "formats/clip_vocab_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "calotype/clip_tokenizer.h"
#include "calotype/error.h"

namespace calotype {

namespace {

[[noreturn]] void fail_vocabulary(const std::string& file, std::string what) {
  throw Error(ErrorCode::io,
              {Diagnostic{.file = file,
                          .what = std::move(what),
                          .hint = "vocab.json and merges.txt must be of the same CLIP tokenizer"}});
}

void check_id(const nlohmann::json& vocab, const std::string& symbol, std::int32_t id,
              const std::string& file) {
  const auto found = vocab.find(symbol);
  if (found == vocab.end())
    fail_vocabulary(file, fmt::format("symbol {} is missing", quote(symbol)));
  if (!found->is_number_integer() || *found != id) {
    fail_vocabulary(file, fmt::format("symbol {}: expected {}, got {}", quote(symbol), id,
                                      found->is_number() ? found->dump() : found->type_name()));
  }
}

}  // namespace

void check_clip_vocab_json(std::string_view json, const SymbolIds& ids, const std::string& file) {
  const nlohmann::json vocab = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!vocab.is_object()) fail_vocabulary(file, "expected a JSON object from symbols to ids");
  // By id, so that the first difference is the same in every run.
  std::vector<const std::string*> symbols(ids.size());
  for (const auto& [symbol, id] : ids) symbols[static_cast<std::size_t>(id)] = &symbol;
  for (std::size_t id = 0; id < symbols.size(); ++id) {
    check_id(vocab, *symbols[id], static_cast<std::int32_t>(id), file);
  }
  check_id(vocab, "<|startoftext|>", ClipTokenizer::kStart, file);
  check_id(vocab, "<|endoftext|>", ClipTokenizer::kEnd, file);
  if (vocab.size() != static_cast<std::size_t>(ClipTokenizer::kSize)) {
    fail_vocabulary(file,
                    fmt::format("expected {} symbols, got {}", ClipTokenizer::kSize, vocab.size()));
  }
}

}  // namespace calotype
