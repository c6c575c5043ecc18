/// Runs the text and image encoders for comparison with a reference:
///   calotype_encoder_probe JOB.json OUT.safetensors
/// A job is one of
///   {"text": "...", "family": "sd1"|"sd2"|"sdxl"|"refiner", "weights": [file, ...],
///    "tokenizer": path, "clip_skip": 0, "weighting": "a1111", "empty_text": "auto"}
///   {"image": file with "pixels", "encoder": path, "noise_level": 0, "seed": 0}
/// Results: "context" and "pooled" of the first; "embedding", "vector" and "pixels" (as the network
/// sees them) of the second.
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "checkpoint/named_weights.h"
#include "image_encoder/clip_pixels.h"
#include "image_encoder/image_condition.h"
#include "image_encoder/load_image_encoder.h"
#include "text/clip_text_encoder.h"
#include "text/text_encode.h"

namespace calotype {

namespace {

using Json = nlohmann::json;

std::shared_ptr<const Weights> open(const std::string& path) {
  return name_weights(path, SafetensorsFile(path).archive(),
                      [](std::string_view name) { return std::string(name); });
}

TextEncoderHandle text_encoder(const Json& job) {
  const std::string family = job.at("family");
  const Json& files = job.at("weights");
  auto tokenizer = std::make_shared<const ClipTokenizer>(job.at("tokenizer").get<std::string>());
  const auto first = open(files.at(0));
  if (family == "sd1") return make_clip_text_encoder(first, {}, tokenizer);
  if (family == "sd2") return make_open_clip_text_encoder(first, {}, tokenizer);
  if (family == "refiner") return make_sdxl_refiner_text_encoder(first, {}, tokenizer);
  return make_sdxl_text_encoder(first, open(files.at(1)), {}, tokenizer, true);
}

template <class E>
E choice(const Json& job, const char* key) {
  return ParamTraits<E>::read(job.at(key).get<std::string>());
}

TensorArchive encode_text(const Json& job) {
  RunContext context;
  const Conditioning c = TextEncode::run({text_encoder(job)},
                                         {.text = job.at("text"),
                                          .clip_skip = job.at("clip_skip"),
                                          .weighting = choice<PromptWeighting>(job, "weighting"),
                                          .empty_text = choice<EmptyText>(job, "empty_text")},
                                         context)
                             .conditioning;
  TensorArchive out;
  out.tensors.push_back(to_archive("context", c.context));
  if (c.pooled.defined()) out.tensors.push_back(to_archive("pooled", c.pooled));
  return out;
}

TensorArchive encode_image(const Json& job) {
  const SafetensorsFile file(job.at("image").get<std::string>());
  const at::Tensor pixels = to_tensor(*file.archive().find("pixels"));
  RunContext context;
  const auto encoder =
      LoadImageEncoder::run({}, {.path = job.at("encoder"), .device = "cpu"}, context)
          .image_encoder;
  const auto out =
      ImageCondition::run({Conditioning{}, {pixels}, encoder},
                          {.noise_level = job.at("noise_level"), .seed = job.at("seed")}, context);
  TensorArchive archive;
  archive.tensors.push_back(to_archive("embedding", encoder->encode(pixels)));
  archive.tensors.push_back(to_archive("vector", out.conditioning.vector));
  archive.tensors.push_back(to_archive("pixels", clip_pixels(pixels, 224)));
  return archive;
}

}  // namespace

}  // namespace calotype

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: calotype_encoder_probe JOB.json OUT.safetensors\n", stderr);
    return 2;
  }
  try {
    const auto job = nlohmann::json::parse(std::ifstream(argv[1]));
    calotype::torch_scope([&] {
      calotype::write_safetensors(argv[2], job.contains("image") ? calotype::encode_image(job)
                                                                 : calotype::encode_text(job));
    });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
