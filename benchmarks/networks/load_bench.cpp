/// Loads every network of a checkpoint and prints one line of JSON:
///   calotype_load_bench CHECKPOINT [dtype] [threads]
/// `open_s`: names and shapes are checked; `load_s`: until every weight lies in memory as the
/// networks compute with it, so that each network has run once on the smallest input. Peak memory
/// is the process's, with what `open_s` and libtorch itself take.
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "calotype/types/aten.h"
#include "calotype/types/host_memory.h"
#include "calotype/types/torch_scope.h"
#include "checkpoint/load_checkpoint.h"
#include "peak_memory.h"

namespace calotype {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void run(const std::string& path, const std::string& dtype) {
  const long before = host_peak_mib();
  const auto start = Clock::now();
  RunContext context;
  LoadCheckpoint::Params params{.path = path};
  params.dtype = dtype == "float32"    ? DTypeChoice::float32
                 : dtype == "bfloat16" ? DTypeChoice::bfloat16
                                       : DTypeChoice::automatic;
  const auto parts = LoadCheckpoint::run({}, params, context);
  const double opened = seconds_since(start);
  const at::Tensor text = at::full({1, 77}, 49407, at::kLong);
  for (const auto& tower : parts.text_encoder->towers) tower->encode(text, 0);
  parts.vae->decode(at::zeros({1, parts.vae->latent_channels(), 8, 8}));
  parts.vae->encode(at::zeros({1, 3, 64, 64}));
  const auto bound =
      parts.model->begin({.context = at::zeros({1, 77, parts.model->context_width()})});
  bound->predict(at::zeros({1, parts.model->input_channels(), 8, 8}), at::full({1}, 500.0));
  const MemoryUse weights[] = {parts.model->memory(), parts.vae->memory(),
                               parts.text_encoder->memory()};
  std::size_t bytes = 0;
  for (const MemoryUse& use : weights) bytes += use.host + use.device;
  std::printf(
      "{\"open_s\": %.4f, \"load_s\": %.3f, \"weights_mib\": %zu, \"before_mib\": %ld, "
      "\"peak_mib\": %ld}\n",
      opened, seconds_since(start), bytes >> 20, before, host_peak_mib());
}

}  // namespace

}  // namespace calotype

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: CHECKPOINT [auto|float32|bfloat16] [threads]\n", stderr);
    return 2;
  }
  try {
    at::set_num_threads(argc > 3 ? std::stoi(argv[3]) : 2);
    calotype::torch_scope([&] { calotype::run(argv[1], argc > 2 ? argv[2] : "auto"); });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
