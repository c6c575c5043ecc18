#include "layers/packed_conv.h"

#include <mutex>

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
  at::Tensor packed;
  MapSize laid_out_for;
  MapSize last;  // empty before the first use
};

PackedConv::PackedConv(const at::Tensor& weight, std::int64_t padding, std::int64_t stride,
                       std::int64_t map_side)
    : state_(std::make_shared<State>()) {
  state_->padding = padding;
  state_->stride = stride;
  state_->packed = onednn::pack_conv(weight, padding, stride, map_side, map_side);
  state_->laid_out_for = {map_side, map_side};
}

at::Tensor PackedConv::for_maps_of(const at::Tensor& x) const {
  const std::scoped_lock lock(state_->mutex);
  const MapSize size{x.size(2), x.size(3)};
  const bool first = state_->last == MapSize{};
  const bool again = state_->last == size;
  state_->last = size;
  if (size != state_->laid_out_for && (first || again)) {
    const MapLargeBlocks no_holes;
    const at::Tensor plain = state_->packed.to_dense();
    state_->packed =
        onednn::pack_conv(plain, state_->padding, state_->stride, size.height, size.width);
    state_->laid_out_for = size;
  }
  return state_->packed;
}

}  // namespace calotype
