#include "layers/packed_conv.h"

#include <mutex>
#include <utility>

#include "calotype/types/aten.h"
#include "calotype/types/host_memory.h"
#include "layers/onednn.h"

namespace calotype {

namespace {

struct MapSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  friend bool operator==(const MapSize&, const MapSize&) = default;
};

constexpr std::int64_t kKeptScratch = std::int64_t{64} << 20;  // bytes

/// A buffer in which weights are rearranged, one after the other: fresh pages for each would cost
/// as much time as the rearranging. Thread-safe.
class Scratch {
 public:
  /// Makes `weight` channels-last in the buffer, frees it, and gives the buffer's tensor to `use`.
  /// When that throws, `weight` is what it was.
  template <class Use>
  void with_channels_last(at::Tensor& weight, Use&& use) {
    if (weight.is_contiguous(at::MemoryFormat::ChannelsLast)) {
      use(weight);
      weight.reset();
      return;
    }
    const std::scoped_lock lock(mutex_);
    const at::Tensor copy = copied(weight);
    weight.reset();
    try {
      use(copy);
    } catch (...) {
      weight = copy.clone();
      throw;
    }
    if (bytes_.numel() > kKeptScratch) bytes_.reset();
  }

 private:
  at::Tensor copied(const at::Tensor& weight) {
    const auto wanted = static_cast<std::int64_t>(weight.nbytes());
    if (!bytes_.defined() || bytes_.numel() < wanted) {
      bytes_.reset();
      bytes_ = at::empty({wanted}, at::kByte);
    }
    at::Tensor copy =
        at::from_blob(bytes_.mutable_data_ptr(),
                      {weight.size(0), weight.size(2), weight.size(3), weight.size(1)},
                      weight.options())
            .permute({0, 3, 1, 2});
    copy.copy_(weight);
    return copy;
  }

  std::mutex mutex_;
  at::Tensor bytes_;
};

}  // namespace

struct PackedConv::State {
  std::mutex mutex;
  std::int64_t padding = 0;
  std::int64_t stride = 1;
  at::Tensor plain;  // until the first use
  at::Tensor packed;
  MapSize laid_out_for;
  MapSize last;

  void lay_out(at::Tensor& weight, MapSize size) {
    static Scratch scratch;
    // Blocks of their own, so that what stays leaves no holes between what goes.
    const MapLargeBlocks apart;
    scratch.with_channels_last(weight, [&](const at::Tensor& channels_last) {
      packed = onednn::pack_conv(channels_last, padding, stride, size.height, size.width);
    });
    laid_out_for = size;
  }
};

PackedConv::PackedConv(at::Tensor weight, std::int64_t padding, std::int64_t stride)
    : state_(std::make_shared<State>()) {
  state_->padding = padding;
  state_->stride = stride;
  state_->plain = std::move(weight);
}

at::Tensor PackedConv::for_maps_of(const at::Tensor& x) const {
  const std::scoped_lock lock(state_->mutex);
  const MapSize size{x.size(2), x.size(3)};
  if (!state_->packed.defined()) {
    state_->lay_out(state_->plain, size);
  } else if (size != state_->laid_out_for && size == state_->last) {
    at::Tensor plain = state_->packed.to_dense();
    state_->lay_out(plain, size);
  }
  state_->last = size;
  return state_->packed;
}

}  // namespace calotype
