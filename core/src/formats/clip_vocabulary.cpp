#include "calotype/clip_vocabulary.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "calotype/error.h"

namespace calotype {

namespace {

constexpr const char* kVariable = "CALOTYPE_CLIP_VOCABULARY";

/// Folder of the library (or program) that holds this code.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&clip_vocabulary_path), &info) == 0) return {};
  std::error_code ignored;
  return std::filesystem::weakly_canonical(info.dli_fname, ignored).parent_path();
}

std::filesystem::path checked(const std::filesystem::path& path, std::string hint) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  throw Error(ErrorCode::io, {Diagnostic{.file = path.string(),
                                         .what = "the table of CLIP's tokenizer is not there",
                                         .hint = std::move(hint)}});
}

}  // namespace

std::filesystem::path clip_vocabulary_path() {
  const char* const chosen = std::getenv(kVariable);
  if (chosen && *chosen) {
    return checked(chosen, "correct or unset the environment variable CALOTYPE_CLIP_VOCABULARY");
  }
  return checked(own_folder().parent_path() / "share/calotype/bpe_simple_vocab_16e6.txt.gz",
                 "copy bpe_simple_vocab_16e6.txt.gz of CLIP there, or set "
                 "CALOTYPE_CLIP_VOCABULARY to its path or to a tokenizer folder");
}

}  // namespace calotype
