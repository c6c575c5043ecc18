// Opening a checkpoint and cutting prompts into tokens.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"
#include "calotype/safetensors.h"
#include "calotype/weights_file.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"

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
  header.resize((header.size() + 7) / 8 * 8, ' ');  // as all writers do; tensors need no copy then
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

/// The same tensors as torch.save lays them out; also sparse, so that checksums do not fit.
std::filesystem::path make_torch_checkpoint(const test::TempDir& dir) {
  std::vector<std::pair<std::string, std::string>> tensors;
  std::vector<test::ZipEntry> entries;
  for (int i = 0; i < kTensors; ++i) {
    const std::string key = std::to_string(i);
    tensors.emplace_back(
        fmt::format("model.diffusion_model.input_blocks.{}.{}.transformer_blocks.0.attn{}.to_q",
                    i / 20, i / 2 % 10, i % 2 + 1),
        test::tensor(test::storage("HalfStorage", key, kTensorBytes / 2), 0, {kTensorBytes / 2},
                     {1}));
    entries.push_back({.name = "m/data/" + key, .bytes = {}, .flags = 8, .crc = 1});
  }
  const auto file = dir.path() / "sd1.ckpt";
  std::ofstream out(file, std::ios::binary);
  const auto small = test::torch_entries(test::pickle(test::dict(tensors)));
  const test::ZipParts begin = test::zip_parts(small);
  out << begin.data;
  std::string directory = begin.directory;
  for (test::ZipEntry& entry : entries) {
    entry.header = static_cast<std::uint64_t>(out.tellp());
    entry.size = entry.packed_size = kTensorBytes;
    const test::ZipParts part = test::zip_parts({entry});
    out << part.data;
    out.seekp(static_cast<std::streamoff>(kTensorBytes), std::ios::cur);
    directory += part.directory;
  }
  const auto at = static_cast<std::uint64_t>(out.tellp());
  out << directory << test::end_record(small.size() + kTensors, directory.size(), at);
  return file;
}

void open_torch_checkpoint(benchmark::State& state) {
  const test::TempDir dir;
  const auto path = make_torch_checkpoint(dir);
  for (auto _ : state) benchmark::DoNotOptimize(open_weights_file(path).tensors.size());
}
BENCHMARK(open_torch_checkpoint)->Unit(benchmark::kMillisecond);

/// The checksum that a storage of a .ckpt costs when it is first used.
void first_use_of_a_storage(benchmark::State& state) {
  const test::TempDir dir;
  const std::string bytes(std::size_t{1} << 26, '\1');
  const auto path = dir.write(
      "a.ckpt",
      test::torch_bytes(
          test::pickle(test::dict({{"w", test::tensor(test::storage("ByteStorage", "0", 1 << 26), 0,
                                                      {1 << 26}, {1})}})),
          {bytes}));
  for (auto _ : state) open_weights_file(path).tensors.at(0).verify();
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(first_use_of_a_storage)->Unit(benchmark::kMillisecond);

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
