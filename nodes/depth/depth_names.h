#pragma once
/// From the tensor names of each layout to the internal ones: those of MiDaS and Depth Anything
/// where the two agree (`blocks.N.attn.qkv`, `layer1_rn`, `refinenet1`), `reassemble.N` for what
/// lies between transformer and head, `head.N` for the last convolutions. Separate projections are
/// `attn.q`, `attn.k`, `attn.v`.
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/named_weights.h"

namespace calotype {

enum class DepthLayout {
  midas,                       ///< `pretrained.model.*`, `scratch.*`
  depth_checkpoint,            ///< the same behind `depth_model.model.`, in an SD 2 depth file
  depth_anything,              ///< `pretrained.*`, `depth_head.*`
  transformers_dpt,            ///< DPTForDepthEstimation
  transformers_depth_anything  ///< DepthAnythingForDepthEstimation
};

/// The layout that some of the names are typical of; throws Error(io) when there is none.
/// `origin` is for the message.
DepthLayout recognise_depth_layout(const std::vector<std::string>& names,
                                   const std::string& origin);

/// Gives an empty name to tensors that no computation uses: classifiers, the norm behind the last
/// layer of DPT, mask tokens, the first unit of the coarsest fusion step, other models of a
/// checkpoint. Names that are not understood stay as they are, so that the reader reports them.
Rename depth_names(DepthLayout);

}  // namespace calotype
