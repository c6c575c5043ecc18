// Opening a checkpoint and cutting prompts into tokens.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <fstream>
#include <string>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"
#include "calotype/safetensors.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"

namespace {

using namespace calotype;

constexpr int kTensors = 1130;  // as many as an SD 1.x checkpoint has
constexpr std::uint64_t kTensorBytes = 1'887'436;

/// A sparse file: it takes 2 GB of names and offsets, but no space on the disk.
std::filesystem::path make_checkpoint(const test::TempDir& dir) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  for (int i = 0; i < kTensors; ++i) {
    const std::uint64_t begin = static_cast<std::uint64_t>(i) * kTensorBytes;
    header += fmt::format(
        ",\"model.diffusion_model.input_blocks.{}.{}.transformer_blocks.0.attn{}.to_q.weight\":"
        "{{\"dtype\":\"F16\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
        i / 20, i / 2 % 10, i % 2 + 1, kTensorBytes / 2, begin, begin + kTensorBytes);
  }
  header += "}";
  const auto path = dir.write("sd1.safetensors", test::safetensors_bytes(header));
  std::filesystem::resize_file(path, 8 + header.size() + kTensors * kTensorBytes);
  return path;
}

void open_checkpoint(benchmark::State& state) {
  const test::TempDir dir;
  const auto path = make_checkpoint(dir);
  for (auto _ : state) {
    const SafetensorsFile file(path);
    benchmark::DoNotOptimize(file.archive().tensors.size());
  }
}
BENCHMARK(open_checkpoint)->Unit(benchmark::kMillisecond);

const ClipTokenizer& tokenizer() {
  static const ClipTokenizer instance(clip_vocabulary_path());
  return instance;
}

void load_vocabulary(benchmark::State& state) {
  const auto path = clip_vocabulary_path();
  for (auto _ : state) benchmark::DoNotOptimize(ClipTokenizer(path));
}
BENCHMARK(load_vocabulary)->Unit(benchmark::kMillisecond);

void encode_prompt(benchmark::State& state) {
  const std::string prompt =
      "a portrait of an astronaut riding a horse on mars, highly detailed, oil painting, "
      "trending on artstation, dramatic lighting, 8k uhd, it's masterpiece, by Rembrandt";
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().encode(prompt));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * prompt.size()));
}
BENCHMARK(encode_prompt)->Unit(benchmark::kMicrosecond);

void encode_one_long_word(benchmark::State& state) {
  const std::string word(static_cast<std::size_t>(state.range(0)), 'a');
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer().encode(word));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * word.size()));
}
BENCHMARK(encode_one_long_word)->Range(1 << 10, 1 << 20)->Unit(benchmark::kMicrosecond);

}  // namespace
