#include <array>
#include <memory>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/types.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "preview.h"
#include "saved_tensors.h"

namespace calotype {

namespace {

MemoryUse bytes_of(const at::Tensor& t) {
  if (!t.defined()) return {};
  return t.is_cpu() ? MemoryUse{t.nbytes(), 0} : MemoryUse{0, t.nbytes()};
}

const ArchiveTensor& only(const TensorArchive& archive, const char* name) {
  const ArchiveTensor* t = archive.find(name);
  if (!t) throw Error(ErrorCode::io, "the archive has no tensor " + quote(name));
  return *t;
}

/// A port type whose whole state is the tensor `member`, saved under `tensor_name`. `show` may be
/// null: it has no picture.
template <class T, at::Tensor T::*member, Preview (*show)(const at::Tensor&) = nullptr>
PortType tensor_type(std::string name, std::string doc, const char* tensor_name,
                     const TensorShape& tensor_shape) {
  static const char* const saved_as = tensor_name;
  static const TensorShape shape = tensor_shape;
  PortType type;
  type.name = std::move(name);
  type.doc = std::move(doc);
  type.memory = [](const void* v) { return bytes_of(static_cast<const T*>(v)->*member); };
  type.save = [](const std::shared_ptr<const void>& v) {
    TensorArchive archive;
    archive.tensors.push_back(to_archive(saved_as, static_cast<const T*>(v.get())->*member));
    return archive;
  };
  type.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
    T value;
    value.*member = float_tensor(only(archive, saved_as), shape);
    return std::make_shared<const T>(std::move(value));
  };
  type.to_host = [](const void* v) -> std::shared_ptr<const void> {
    T copy = *static_cast<const T*>(v);
    copy.*member = (copy.*member).cpu();
    return std::make_shared<const T>(std::move(copy));
  };
  if constexpr (show != nullptr) {
    type.preview = [](const void* v) { return show(static_cast<const T*>(v)->*member); };
  }
  type.around_run = torch_scope;
  return type;
}

template <class Interface>
PortType model_type(std::string name, std::string doc) {
  PortType type;
  type.name = std::move(name);
  type.doc = std::move(doc);
  type.memory = [](const void* v) {
    return (*static_cast<const std::shared_ptr<const Interface>*>(v))->memory();
  };
  type.around_run = torch_scope;
  return type;
}

/// As noise_type() saves it.
NoiseSource source_of(const TensorArchive& archive) {
  const auto text = archive.metadata.find("source");
  for (const NoiseSource source : {NoiseSource::cpu, NoiseSource::philox, NoiseSource::device}) {
    if (text != archive.metadata.end() &&
        text->second == std::to_string(static_cast<int>(source))) {
      return source;
    }
  }
  throw Error(ErrorCode::io, "it does not say whose it is");
}

constexpr TensorShape kLatentShape{"[B, C, h, w]", 4};

PortType noise_type() {
  PortType type = tensor_type<Noise, &Noise::values>(
      "Noise", "Unit-variance Gaussian noise with its seeds: float32 [B, C, H/8, W/8].", "noise",
      kLatentShape);
  type.save = [](const std::shared_ptr<const void>& v) {
    const auto& noise = *static_cast<const Noise*>(v.get());
    TensorArchive archive;
    archive.tensors.push_back(to_archive("noise", noise.values));
    std::vector<std::int64_t> seeds(noise.seeds.begin(), noise.seeds.end());
    archive.tensors.push_back(to_archive("seeds", at::tensor(seeds, at::kLong)));
    archive.metadata["source"] = std::to_string(static_cast<int>(noise.source));
    return archive;
  };
  type.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
    Noise noise;
    noise.values = float_tensor(only(archive, "noise"), kLatentShape);
    const std::vector<std::int64_t> seeds = whole_numbers(only(archive, "seeds"));
    noise.seeds.assign(seeds.begin(), seeds.end());
    noise.source = source_of(archive);
    return std::make_shared<const Noise>(std::move(noise));
  };
  return type;
}

constexpr std::array<std::int64_t Region::*, 4> kRegion{&Region::left, &Region::top, &Region::width,
                                                        &Region::height};

PortType region_type() {
  PortType type;
  type.name = "Region";
  type.doc = "A rectangle of a picture in px: left, top, width, height.";
  type.save = [](const std::shared_ptr<const void>& v) {
    std::array<std::int64_t, kRegion.size()> numbers{};
    for (std::size_t i = 0; i < kRegion.size(); ++i) {
      numbers[i] = static_cast<const Region*>(v.get())->*kRegion[i];
    }
    TensorArchive archive;
    archive.tensors.push_back(to_archive("region", at::tensor(numbers, at::kLong)));
    return archive;
  };
  type.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
    const std::vector<std::int64_t> numbers =
        whole_numbers(only(archive, "region"), kRegion.size());
    Region region;
    for (std::size_t i = 0; i < kRegion.size(); ++i) region.*kRegion[i] = numbers[i];
    return std::make_shared<const Region>(region);
  };
  type.around_run = torch_scope;
  return type;
}

}  // namespace

const PortType& PortTraits<Region>::type() {
  static const PortType type = region_type();
  return type;
}

const PortType& PortTraits<Image>::type() {
  static const PortType type = tensor_type<Image, &Image::pixels, picture_preview>(
      "Image", "Pictures: float32 [B, 3, H, W], RGB, 0..1.", "image", {"[B, 3, H, W]", 4, 3});
  return type;
}

const PortType& PortTraits<Mask>::type() {
  static const PortType type = tensor_type<Mask, &Mask::alpha, picture_preview>(
      "Mask", "float32 [B, 1, H, W], 0..1; 1 = affected.", "mask", {"[B, 1, H, W]", 4, 1});
  return type;
}

const PortType& PortTraits<Latent>::type() {
  static const PortType type = tensor_type<Latent, &Latent::values, latent_preview>(
      "Latent", "A latent image in model space: float32 [B, C, H/8, W/8].", "latent", kLatentShape);
  return type;
}

const PortType& PortTraits<Noise>::type() {
  static const PortType type = noise_type();
  return type;
}

const PortType& PortTraits<DenoiserHandle>::type() {
  static const PortType type = model_type<Denoiser>(
      "Denoiser", "A denoising network with its prediction type and schedule.");
  return type;
}

const PortType& PortTraits<TextEncoderHandle>::type() {
  static const PortType type =
      model_type<TextEncoder>("TextEncoder", "Turns text into conditioning.");
  return type;
}

const PortType& PortTraits<AutoencoderHandle>::type() {
  static const PortType type =
      model_type<Autoencoder>("Autoencoder", "Turns pixels into latents and back (VAE).");
  return type;
}

const PortType& PortTraits<ImageEncoderHandle>::type() {
  static const PortType type =
      model_type<ImageEncoder>("ImageEncoder", "Turns pictures into what they show (CLIP).");
  return type;
}

}  // namespace calotype
