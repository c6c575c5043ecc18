#pragma once
/// The model values that travel between nodes, as interfaces that plugins may implement. Handles
/// are immutable and thread-safe; weights may be loaded on first use. Never written to disk.
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "calotype/clip_tokenizer.h"
#include "calotype/port_type.h"

namespace calotype {

/// What a denoising network outputs; see docs/glossary.md.
enum class Prediction { epsilon, v };

/// Where and how a model computes.
struct Placement {
  c10::Device device{c10::DeviceType::CPU};
  c10::ScalarType dtype = c10::ScalarType::Float;
};

/// What a denoising network takes beside the latent, the timestep and the text.
enum class VectorKind {
  none,
  noise_level,   ///< a number from 0: how noisy the low-resolution picture is (x4 upscaler)
  sdxl,          ///< pooled text, original size, crop, target size
  sdxl_refiner,  ///< pooled text, original size, crop, aesthetic score
  image          ///< image embedding and its noise level (unCLIP)
};

/// Of a vector: numbers that follow the pooled text (sizes, crop, score), each as kNumberWidth
/// sinusoids.
constexpr std::int64_t numbers_in(VectorKind kind) {
  return kind == VectorKind::sdxl ? 6 : kind == VectorKind::sdxl_refiner ? 5 : 0;
}
constexpr std::int64_t kNumberWidth = 256;

/// What one run is conditioned on, batched: both sides of guidance are rows of it.
struct DenoiserInput {
  at::Tensor context;       ///< [B, T, context_width()]
  at::Tensor vector;        ///< float32 [B, vector_width()]; undefined when vector_width() is 0
  at::Tensor noise_levels;  ///< int64 [B] with VectorKind::noise_level, else undefined
};

/// A denoising network bound to one conditioning, for the steps of one run. Keys and values of the
/// context are computed once, here. Not thread-safe.
class CALOTYPE_API DenoiserRun {
 public:
  DenoiserRun() = default;
  DenoiserRun(const DenoiserRun&) = delete;
  DenoiserRun& operator=(const DenoiserRun&) = delete;
  virtual ~DenoiserRun();
  /// The raw network output. `x`: [B, input_channels(), h, w]: the latent, already scaled to the
  /// network's input, then the extra channels; `timesteps`: float32 [B], 0..999, may be fractional.
  /// B equals the context's batch. Returns float32 [B, latent_channels(), h, w] on the model's
  /// device.
  virtual at::Tensor predict(const at::Tensor& x, const at::Tensor& timesteps) = 0;
};

/// Network, prediction type and training schedule.
class CALOTYPE_API Denoiser {
 public:
  Denoiser() = default;
  Denoiser(const Denoiser&) = delete;
  Denoiser& operator=(const Denoiser&) = delete;
  virtual ~Denoiser();

  virtual std::string family() const = 0;  ///< for people: "SD 1.x inpainting"
  /// May load the weights and run the network once, to find out. Throws Error(io) as begin does.
  virtual Prediction prediction() const = 0;
  virtual Placement placement() const = 0;
  virtual std::int64_t latent_channels() const = 0;
  /// latent_channels() plus those of Conditioning::channels.
  virtual std::int64_t input_channels() const = 0;
  virtual std::int64_t context_width() const = 0;
  virtual VectorKind vector_kind() const = 0;
  virtual std::int64_t vector_width() const = 0;  ///< 0: the model takes no vector
  /// float64 [1000] in host memory: cumulative product of (1 - beta).
  virtual at::Tensor alphas_cumprod() const = 0;
  /// Tensors on any device. Loads the weights if needed. Throws Error(run) for shapes that the
  /// model does not take, Error(io) when the weights cannot be used.
  virtual std::unique_ptr<DenoiserRun> begin(const DenoiserInput& input) const = 0;
  virtual MemoryUse memory() const = 0;
};

/// What one transformer makes of token ids.
struct TextEncoding {
  at::Tensor context;  ///< float32 [N, T, width()]
  at::Tensor pooled;   ///< float32 [N, pooled_width()]; undefined when that is 0
};

/// One transformer that turns tokens into vectors.
class CALOTYPE_API TextTower {
 public:
  TextTower() = default;
  TextTower(const TextTower&) = delete;
  TextTower& operator=(const TextTower&) = delete;
  virtual ~TextTower();

  virtual std::int32_t pad_id() const = 0;  ///< 49407 for CLIP-L, 0 for OpenCLIP
  virtual std::int64_t width() const = 0;
  virtual std::int64_t pooled_width() const = 0;  ///< 0: gives no pooled vector
  virtual std::int64_t layers() const = 0;        ///< above the largest clip_skip
  /// `ids`: int64 [N, T], T at most 77. `clip_skip` more layers are left out from the end than the
  /// model's family leaves out anyway; the pooled vector does not depend on it. Results are in host
  /// memory or on the model's device.
  virtual TextEncoding encode(const at::Tensor& ids, std::int64_t clip_skip) const = 0;
  virtual MemoryUse memory() const = 0;
};

/// A tokenizer and the transformers that read its tokens, each with its own padding. Their vectors
/// are joined on channels: SDXL has two. At most one of them gives a pooled vector.
struct TextEncoder {
  std::shared_ptr<const ClipTokenizer> tokenizer;
  std::vector<std::shared_ptr<const TextTower>> towers;  ///< at least one
  bool zero_empty_text = false;  ///< empty text is zeros unless a node says otherwise (SDXL base)

  CALOTYPE_API std::int64_t width() const;         ///< sum of the towers'
  CALOTYPE_API std::int64_t pooled_width() const;  ///< 0: none
  CALOTYPE_API std::int64_t layers() const;        ///< the smallest of the towers'
  CALOTYPE_API MemoryUse memory() const;
};

/// What an encoder says of a picture: a Gaussian for each latent value, in model space.
struct LatentDistribution {
  at::Tensor mean;       ///< float32 [B, C, H/8, W/8]
  at::Tensor deviation;  ///< standard deviation, of the same shape
};

/// Pixels to latents and back.
class CALOTYPE_API Autoencoder {
 public:
  Autoencoder() = default;
  Autoencoder(const Autoencoder&) = delete;
  Autoencoder& operator=(const Autoencoder&) = delete;
  virtual ~Autoencoder();

  virtual std::int64_t downscale() const = 0;  ///< 8
  virtual std::int64_t latent_channels() const = 0;
  virtual double scaling_factor() const = 0;  ///< 0.18215 for SD 1.x
  virtual Placement placement() const = 0;
  /// `pixels`: [B, 3, H, W], 0..1, H and W multiples of downscale(). Returns the mean of the latent
  /// distribution in model space, float32 [B, C, H/8, W/8].
  virtual at::Tensor encode(const at::Tensor& pixels) const = 0;
  /// As encode(), with the deviation. It is 0 everywhere when the model does not override this.
  virtual LatentDistribution encode_distribution(const at::Tensor& pixels) const;
  /// `latent` in model space. Returns float32 [B, 3, H, W], clamped to 0..1.
  virtual at::Tensor decode(const at::Tensor& latent) const = 0;
  /// Memory beside the weights that encoding and decoding take for each pixel of the picture, at
  /// their widest point.
  virtual double working_bytes_per_pixel() const = 0;
  virtual MemoryUse memory() const = 0;
};

using DenoiserHandle = std::shared_ptr<const Denoiser>;
using TextEncoderHandle = std::shared_ptr<const TextEncoder>;
using AutoencoderHandle = std::shared_ptr<const Autoencoder>;

template <>
struct PortTraits<DenoiserHandle> {
  CALOTYPE_API static const PortType& type();
};
template <>
struct PortTraits<TextEncoderHandle> {
  CALOTYPE_API static const PortType& type();
};
template <>
struct PortTraits<AutoencoderHandle> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
