#pragma once
/// Where the table of CLIP's tokenizer lies on this machine. Torch-free; thread-safe.
#include <filesystem>

#include "calotype/api.h"

namespace calotype {

/// The file or folder for ClipTokenizer: `$CALOTYPE_CLIP_VOCABULARY` when set, otherwise
/// `share/calotype/bpe_simple_vocab_16e6.txt.gz` beside the folder of this library.
/// Throws Error(io) when there is nothing at that place.
CALOTYPE_API std::filesystem::path clip_vocabulary_path();

}  // namespace calotype
