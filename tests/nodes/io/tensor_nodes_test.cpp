#include <gtest/gtest.h>

#include <filesystem>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/models.h"
#include "calotype/types/noise.h"
#include "calotype/types/testing.h"
#include "io/load_tensor.h"
#include "io/save_tensor.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::TempDir;

Value load_tensor(const std::string& path, const std::string& type) {
  const auto find = [](std::string_view name) -> const PortType* {
    for (const PortType* known : {&PortTraits<Latent>::type(), &PortTraits<Noise>::type(),
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
