#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calotype {

/// Symbols as merge tables spell them, with their ids.
using SymbolIds = std::unordered_map<std::string, std::int32_t>;

/// Checks that a `vocab.json` gives every symbol and the two special tokens the ids of CLIP.
/// Throws Error(io) that names `file` and the first symbol that differs.
void check_clip_vocab_json(std::string_view json, const SymbolIds& ids, const std::string& file);

}  // namespace calotype
