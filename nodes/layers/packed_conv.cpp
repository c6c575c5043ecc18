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

}  // namespace

struct PackedConv::State {
  std::mutex mutex;
  std::int64_t padding = 0;
  std::int64_t stride = 1;
  at::Tensor plain;  // until the first use
  at::Tensor packed;
  MapSize laid_out_for;
  MapSize last;

  /// Takes `weight`; when that fails, it is still whole.
  void lay_out(at::Tensor& weight, MapSize size) {
    weight = weight.contiguous(at::MemoryFormat::ChannelsLast);
    const UnmapAfterUse stays;
    packed = onednn::pack_conv(weight, padding, stride, size.height, size.width);
    weight.reset();
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
