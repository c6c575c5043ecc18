#include <gtest/gtest.h>

#include <filesystem>

#include "calotype/safetensors.h"
#include "calotype/types.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/testing.h"
#include "io/load_tensor.h"
#include "io/save_tensor.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::TempDir;

Value load_tensor(const std::string& path, const std::string& type) {
  const auto find = [](std::string_view name) -> const PortType* {
    for (const PortType* known :
         {&PortTraits<Latent>::type(), &PortTraits<Noise>::type(), &PortTraits<Image>::type(),
          &PortTraits<Region>::type(), &PortTraits<Conditioning>::type(),
          &PortTraits<DenoiserHandle>::type()}) {
      if (known->name == name) return known;
    }
    return nullptr;
  };
  RunContext context({}, {.find_type = find});
  return LoadTensor::run({}, {.path = path, .type = type}, context).value;
}

void save_tensor(Value value, const std::string& path) {
  RunContext context;
  SaveTensor::run({std::move(value)}, {.path = path}, context);
}

template <class F>
std::string tensor_nodes_message(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(TensorNodes, LoadGivesWhatSaveWrote) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  const Latent latent = kit::noise_latent(64, 32, 7, 4, 2);
  save_tensor(Value::of(latent), path);
  const Value value = load_tensor(path, "Latent");
  EXPECT_EQ(kit::difference(value.as<Latent>().values, latent.values), "");
}

TEST(TensorNodes, NoiseKeepsItsSeeds) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  Noise noise{at::randn({2, 4, 8, 8}), {5, 18446744073709551615U}, NoiseSource::philox};
  save_tensor(Value::of(noise), path);
  const Value value = load_tensor(path, "Noise");
  EXPECT_EQ(value.as<Noise>().seeds, noise.seeds);
  EXPECT_EQ(value.as<Noise>().source, NoiseSource::philox);
}

TEST(TensorNodes, LoadedValueDoesNotDependOnTheFile) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  const Latent latent = kit::noise_latent(64, 32, 7);
  save_tensor(Value::of(latent), path);
  const Value value = load_tensor(path, "Latent");
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(kit::difference(value.as<Latent>().values, latent.values), "");
}

TEST(TensorNodes, RefuseAnotherTypeThanTheFileHolds) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  save_tensor(Value::of(kit::noise_latent(64, 32, 7)), path);
  EXPECT_EQ(tensor_nodes_message([&] { load_tensor(path, "Noise"); }),
            path + ": expected a Noise, got a Latent\n  hint: set type to \"Latent\"");
}

TEST(TensorNodes, RefuseAFileWithoutTheTensor) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  write_safetensors(path, {});
  EXPECT_EQ(tensor_nodes_message([&] { load_tensor(path, "Latent"); }),
            "this is not a saved Latent: the archive has no tensor \"latent\"\n"
            "  hint: save it with SaveTensor, or with --output");
}

TEST(TensorNodes, LoadMakesFloatsOfOtherFloatingPointNumbers) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  const at::Tensor values = kit::noise_latent(64, 32, 7).values;
  for (const auto type : {at::kHalf, at::kBFloat16, at::kDouble, at::kFloat8_e4m3fn}) {
    const at::Tensor stored = values.to(type);
    write_safetensors(path, {.tensors = {to_archive("latent", stored)}});
    const Value value = load_tensor(path, "Latent");
    EXPECT_EQ(kit::difference(value.as<Latent>().values, stored.to(at::kFloat)), "") << type;
  }
}

TEST(TensorNodes, LoadTakesIntegersOfAnyWidth) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  for (const auto type : {at::kByte, at::kInt, at::kLong}) {
    const at::Tensor context = at::ones({1, 77, 8});
    write_safetensors(path, {.tensors = {to_archive("context", context),
                                         to_archive("noise_level", at::tensor(3, type))}});
    EXPECT_EQ(load_tensor(path, "Conditioning").as<Conditioning>().noise_level, 3) << type;
  }
}

TEST(TensorNodes, RefuseTensorsThatAreNotOfTheType) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  const auto refusal = [&](const std::string& type, std::vector<ArchiveTensor> tensors) {
    write_safetensors(path, {.metadata = {{"source", "0"}}, .tensors = std::move(tensors)});
    std::string text = tensor_nodes_message([&] { load_tensor(path, type); });
    const std::string begin = "this is not a saved " + type + ": the tensor ";
    const std::string end = "\n  hint: save it with SaveTensor, or with --output";
    EXPECT_TRUE(text.starts_with(begin) && text.ends_with(end)) << text;
    return text.substr(begin.size(), text.size() - begin.size() - end.size());
  };
  const std::string latent = "\"latent\" must be floating point numbers [B, C, h, w], at least one";
  EXPECT_EQ(refusal("Latent", {to_archive("latent", at::ones({1, 4, 8, 8}, at::kLong))}),
            latent + ", got I64 [1, 4, 8, 8]");
  EXPECT_EQ(refusal("Latent", {to_archive("latent", at::ones({4, 8, 8}))}),
            latent + ", got F32 [4, 8, 8]");
  EXPECT_EQ(refusal("Latent", {to_archive("latent", at::ones({0, 4, 8, 8}))}),
            latent + ", got F32 [0, 4, 8, 8]");
  EXPECT_EQ(refusal("Image", {to_archive("image", at::ones({1, 4, 8, 8}))}),
            "\"image\" must be floating point numbers [B, 3, H, W], at least one, got F32 "
            "[1, 4, 8, 8]");
  EXPECT_EQ(refusal("Conditioning", {to_archive("context", at::ones({77, 8}))}),
            "\"context\" must be floating point numbers [1, T, C], at least one, got F32 [77, 8]");
  const ArchiveTensor context = to_archive("context", at::ones({1, 77, 8}));
  EXPECT_EQ(refusal("Conditioning", {context, to_archive("sizes", at::ones({2}, at::kLong))}),
            "\"sizes\" must be integers [6], got I64 [2]");
  EXPECT_EQ(refusal("Conditioning", {context, to_archive("aesthetic_score", at::ones({2}))}),
            "\"aesthetic_score\" must be one floating point number, got F32 [2]");
  EXPECT_EQ(refusal("Noise", {to_archive("noise", at::ones({1, 4, 8, 8})),
                              to_archive("seeds", at::ones({1}))}),
            "\"seeds\" must be integers [N], got F32 [1]");
  EXPECT_EQ(refusal("Region", {to_archive("region", at::ones({3}, at::kLong))}),
            "\"region\" must be integers [4], got I64 [3]");
}

TEST(TensorNodes, RefuseModels) {
  const TempDir dir;
  const std::string path = (dir.path() / "a.safetensors").string();
  const DenoiserHandle none;
  EXPECT_EQ(tensor_nodes_message([&] { save_tensor(Value::of(none), path); }),
            "values of type Denoiser cannot be saved\n"
            "  hint: choose an output of a type such as Image or Latent");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TensorNodes, RefuseAnotherEnding) {
  EXPECT_EQ(
      tensor_nodes_message([] { save_tensor(Value::of(kit::noise_latent(64, 32, 7)), "a.bin"); }),
      "path \"a.bin\" must end in .safetensors");
}

}  // namespace
}  // namespace calotype
