#include "unet/res_block.h"

#include <utility>

#include "calotype/types/aten.h"

namespace calotype {

ResBlock::ResBlock(WeightReader& reader, const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t time_width)
    : norm_in_(reader, name + ".in_layers.0", in, 1e-5),
      conv_in_(reader, name + ".in_layers.2", {.in = in, .out = out}),
      time_(reader, name + ".emb_layers.1", time_width, out),
      norm_out_(reader, name + ".out_layers.0", out, 1e-5),
      conv_out_(reader, name + ".out_layers.3", {.in = out, .out = out}) {
  if (in != out) {
    skip_.emplace(reader, name + ".skip_connection",
                  ConvShape{.in = in, .out = out, .kernel = 1, .padding = 0});
  }
}

at::Tensor ResBlock::operator()(at::Tensor x, const at::Tensor& time) const {
  const at::Tensor residual = skip_ ? (*skip_)(x) : x;
  // A joined map of the way up is nobody else's; one of the way down is kept to be joined later.
  const bool mine = x.use_count() == 1;
  at::Tensor h = mine ? norm_in_.silu(std::move(x)) : norm_in_.silu(x);
  x.reset();
  h = conv_in_.shifted(h, time_(time));
  h = norm_out_.silu(std::move(h));
  return conv_out_.plus(h, residual);
}

}  // namespace calotype
