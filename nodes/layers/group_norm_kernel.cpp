#include "layers/group_norm_kernel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "calotype/types/aten.h"
#include "layers/parallel.h"

// Compiled once per instruction set, chosen when the library is loaded. Sanitizers run before that
// choice can be made, and GCC before 12 cannot choose between these.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__) && __GNUC__ >= 12
#define CALOTYPE_PER_CPU [[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#else
#define CALOTYPE_PER_CPU
#endif

namespace calotype {

namespace {

// Sums in float32 run over at most this many pixels; they are added up in float64.
constexpr std::int64_t kBlock = 128;

[[gnu::always_inline]] inline float load(float v) { return v; }
[[gnu::always_inline]] inline float load(std::uint16_t v) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16);
}
[[gnu::always_inline]] inline void store(float* to, float v) { *to = v; }
/// bfloat16, to nearest even; NaN stays NaN.
[[gnu::always_inline]] inline void store(std::uint16_t* to, float v) {
  const auto bits = std::bit_cast<std::uint32_t>(v);
  const auto rounded = static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  *to = v == v ? rounded : static_cast<std::uint16_t>(0x7fc0);
}

/// exp(x) to about 2 ulp, by x = n ln 2 + r and a polynomial in r (coefficients of Cephes' expf).
[[gnu::always_inline]] inline float exponential(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float n = (x * 1.44269504F + kRound) - kRound;
  const float r = (x - n * 0.693359375F) - n * -2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float e = p * r * r + r + 1.0F;
  return e * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

template <class T>
[[gnu::always_inline]] inline void add_moments_of(const T* x, std::int64_t pixels,
                                                  std::int64_t channels, const float* shift,
                                                  float* sum, float* squares) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float d = load(x[p * channels + c]) - shift[c];
      sum[c] += d;
      squares[c] += d * d;
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void scale_of(const T* x, T* y, std::int64_t pixels,
                                            std::int64_t channels, const float* scale,
                                            const float* offset, bool silu) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const T* from = x + p * channels;
    T* to = y + p * channels;
    if (silu) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const float v = load(from[c]) * scale[c] + offset[c];
        store(to + c, v / (1.0F + exponential(-v)));
      }
    } else {
      for (std::int64_t c = 0; c < channels; ++c) {
        store(to + c, load(from[c]) * scale[c] + offset[c]);
      }
    }
  }
}

CALOTYPE_PER_CPU void add_moments(const float* x, std::int64_t pixels, std::int64_t channels,
                                  const float* __restrict shift, float* __restrict sum,
                                  float* __restrict squares) {
  add_moments_of(x, pixels, channels, shift, sum, squares);
}
CALOTYPE_PER_CPU void add_moments_bf16(const std::uint16_t* x, std::int64_t pixels,
                                       std::int64_t channels, const float* __restrict shift,
                                       float* __restrict sum, float* __restrict squares) {
  add_moments_of(x, pixels, channels, shift, sum, squares);
}
CALOTYPE_PER_CPU void scale(const float* x, float* y, std::int64_t pixels, std::int64_t channels,
                            const float* __restrict factor, const float* __restrict offset,
                            bool silu) {
  scale_of(x, y, pixels, channels, factor, offset, silu);
}
CALOTYPE_PER_CPU void scale_bf16(const std::uint16_t* x, std::uint16_t* y, std::int64_t pixels,
                                 std::int64_t channels, const float* __restrict factor,
                                 const float* __restrict offset, bool silu) {
  scale_of(x, y, pixels, channels, factor, offset, silu);
}

struct Job {
  std::int64_t batch, channels, pixels, groups, blocks;
  double epsilon;
  bool silu;
  std::vector<float> shift;           // [batch, channels]: values near the mean
  std::vector<float> sum, squares;    // [batch, blocks, channels]
  std::vector<float> factor, offset;  // [batch, channels]
  std::vector<float> weight, bias;    // [channels]
};

/// Turns the blocks' moments of picture `b` into one factor and offset per channel.
void finish_moments(Job& job, std::int64_t b) {
  const std::int64_t width = job.channels / job.groups;
  const auto count = static_cast<double>(job.pixels) * static_cast<double>(width);
  std::vector<double> sums(static_cast<std::size_t>(job.channels)), squares(sums);
  for (std::int64_t k = 0; k < job.blocks; ++k) {
    for (std::int64_t c = 0; c < job.channels; ++c) {
      const auto at = static_cast<std::size_t>((b * job.blocks + k) * job.channels + c);
      sums[static_cast<std::size_t>(c)] += job.sum[at];
      squares[static_cast<std::size_t>(c)] += job.squares[at];
    }
  }
  const float* shift = job.shift.data() + b * job.channels;
  const auto n = static_cast<double>(job.pixels);
  for (std::int64_t g = 0; g < job.groups; ++g) {
    double mean = 0.0;
    for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
      mean += (sums[static_cast<std::size_t>(c)] + n * shift[c]) / count;
    }
    double variance = 0.0;
    for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
      const double away = shift[c] - mean;
      variance += (squares[static_cast<std::size_t>(c)] +
                   2.0 * away * sums[static_cast<std::size_t>(c)] + n * away * away) /
                  count;
    }
    const double inverse = 1.0 / std::sqrt(std::max(variance, 0.0) + job.epsilon);
    for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
      const double factor = inverse * job.weight[static_cast<std::size_t>(c)];
      job.factor[static_cast<std::size_t>(b * job.channels + c)] = static_cast<float>(factor);
      job.offset[static_cast<std::size_t>(b * job.channels + c)] =
          static_cast<float>(job.bias[static_cast<std::size_t>(c)] - mean * factor);
    }
  }
}

template <class T>
void run(Job& job, const T* x, T* y, auto moments, auto apply) {
  for (std::int64_t b = 0; b < job.batch; ++b) {
    for (std::int64_t c = 0; c < job.channels; ++c) {
      job.shift[static_cast<std::size_t>(b * job.channels + c)] =
          load(x[b * job.pixels * job.channels + c]);
    }
  }
  const auto place = [&](std::int64_t task) {
    const std::int64_t first = (task % job.blocks) * kBlock;
    return std::pair{(task / job.blocks * job.pixels + first) * job.channels,
                     std::min(kBlock, job.pixels - first)};
  };
  parallel_tasks(job.batch * job.blocks, [&](std::int64_t task) {
    const auto [begin, pixels] = place(task);
    moments(x + begin, pixels, job.channels, job.shift.data() + task / job.blocks * job.channels,
            job.sum.data() + task * job.channels, job.squares.data() + task * job.channels);
  });
  for (std::int64_t b = 0; b < job.batch; ++b) finish_moments(job, b);
  parallel_tasks(job.batch * job.blocks, [&](std::int64_t task) {
    const auto [begin, pixels] = place(task);
    const std::int64_t channel = task / job.blocks * job.channels;
    apply(x + begin, y + begin, pixels, job.channels, job.factor.data() + channel,
          job.offset.data() + channel, job.silu);
  });
}

std::vector<float> floats(const at::Tensor& t) {
  const at::Tensor host = t.to(at::kFloat).contiguous();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

}  // namespace

bool group_norm_kernel_takes(const at::Tensor& x) {
  return x.device().is_cpu() && x.dim() == 4 && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

void group_norm_kernel(const at::Tensor& x, const at::Tensor& y, std::int64_t groups,
                       const at::Tensor& weight, const at::Tensor& bias, double epsilon,
                       AfterNorm after) {
  Job job{.batch = x.size(0),
          .channels = x.size(1),
          .pixels = x.size(2) * x.size(3),
          .groups = groups,
          .blocks = (x.size(2) * x.size(3) + kBlock - 1) / kBlock,
          .epsilon = epsilon,
          .silu = after == AfterNorm::silu};
  const auto per_picture = static_cast<std::size_t>(job.batch * job.channels);
  for (auto* v : {&job.shift, &job.factor, &job.offset}) v->resize(per_picture);
  for (auto* v : {&job.sum, &job.squares}) {
    v->resize(per_picture * static_cast<std::size_t>(job.blocks));
  }
  job.weight = floats(weight);
  job.bias = floats(bias);
  if (x.scalar_type() == at::kFloat) {
    run(job, x.const_data_ptr<float>(), y.data_ptr<float>(), add_moments, scale);
  } else {
    run(job, static_cast<const std::uint16_t*>(x.const_data_ptr()),
        static_cast<std::uint16_t*>(y.data_ptr()), add_moments_bf16, scale_bf16);
  }
}

}  // namespace calotype
