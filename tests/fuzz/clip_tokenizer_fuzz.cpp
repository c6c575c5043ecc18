// Any bytes as a prompt. CALOTYPE_CLIP_VOCABULARY may name the real table; otherwise a generated
// one is used.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "calotype/clip_tokenizer.h"
#include "support/temp_dir.h"
#include "support/tiny_merges.h"

namespace {

using calotype::ClipTokenizer;

ClipTokenizer load() {
  if (const char* path = std::getenv("CALOTYPE_CLIP_VOCABULARY")) return ClipTokenizer(path);
  const calotype::test::TempDir dir;
  return ClipTokenizer(
      dir.write("merges.txt", calotype::test::join_lines(calotype::test::merge_lines())));
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ClipTokenizer tokenizer = load();
  const auto ids = tokenizer.encode({reinterpret_cast<const char*>(data), size});
  // A byte that is not UTF-8 becomes three, and no decomposition grows more than that.
  require(ids.size() <= 3 * size);
  for (const std::int32_t id : ids) require(id >= 0 && id < ClipTokenizer::kSize);
  require(tokenizer.encode(tokenizer.decode(ids)) == ids);
  return 0;
}
