#pragma once
/// The tensors of an upscaler file under one set of names, whatever program saved it.
#include <memory>
#include <string>

#include "calotype/tensor_archive.h"
#include "checkpoint/weights.h"

namespace calotype {

/// Architectures that this program computes.
enum class UpscalerKind { rrdb, compact };

struct UpscalerWeights {
  UpscalerKind kind = UpscalerKind::rrdb;
  std::shared_ptr<const Weights> weights;
};

/// RRDBNet gets the names of BasicSR: `conv_first`, `body.N.rdb1.conv1`, `conv_body`, `conv_up1`,
/// `conv_hr`, `conv_last`. Read are these, the first ESRGAN's (`model.1.sub.N.RDB1.conv1.0`) and
/// BSRGAN's (`RRDB_trunk.N.RDB1.conv1`). SRVGGNetCompact has `body.0`, `body.1`, ... Tensors may
/// lie inside `params_ema.` (preferred), `params.` or `state_dict.`, and `module.`. Throws
/// Error(io) that says what the file seems to be when it is neither. Reads no data.
UpscalerWeights name_upscaler(const TensorArchive& archive, const std::string& origin);

}  // namespace calotype
