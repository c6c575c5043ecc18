#pragma once
/// Text encoders of the families of Stable Diffusion over their weights. Names are those of the
/// part without its prefix, in either layout: transformers' (`text_model.encoder.layers.0...`, with
/// or without `text_model.`; `text_projection.weight`) or OpenCLIP's (`transformer.resblocks.0...`,
/// `text_projection`). Buffers and unused weights of CLIP may be among them.
///
/// All names and shapes are checked at once; data is read at the first encode(). Each throws
/// Error(io) for sizes that cannot be found and for tensors that are missing, misshapen or unused.
/// encode() throws Error(run) for ids outside the vocabulary and a clip_skip that leaves no layer.
#include <memory>

#include "checkpoint/weights.h"
#include "text/clip_text_model.h"

namespace calotype {

using TokenizerHandle = std::shared_ptr<const ClipTokenizer>;

/// SD 1.x (CLIP ViT-L): the last layer after the final norm.
/// Original layout: `cond_stage_model.transformer.`; diffusers: `text_encoder/`.
TextEncoderHandle make_clip_text_encoder(std::shared_ptr<const Weights>, Placement,
                                         TokenizerHandle);

/// SD 2.x and the models made from it (OpenCLIP ViT-H): the layer before the last after the final
/// norm, padding 0. In transformers' layout the last layer has already been taken out of the file,
/// so there the file's last layer is used; so it is in files of ViT-H with 23 layers, which were
/// converted back from that layout.
/// Original layout: `cond_stage_model.model.`; diffusers: `text_encoder/`.
TextEncoderHandle make_open_clip_text_encoder(std::shared_ptr<const Weights>, Placement,
                                              TokenizerHandle);

/// SDXL base and inpainting: CLIP ViT-L and OpenCLIP bigG, each the layer before the last without
/// the final norm; pooled vector from bigG. `zero_empty_text`: see TextEncoder.
/// Original layout: `conditioner.embedders.0.transformer.` and `conditioner.embedders.1.model.`;
/// diffusers: `text_encoder/` and `text_encoder_2/`.
TextEncoderHandle make_sdxl_text_encoder(std::shared_ptr<const Weights> clip,
                                         std::shared_ptr<const Weights> open_clip, Placement,
                                         TokenizerHandle, bool zero_empty_text);

/// SDXL refiner: bigG alone. Empty text is encoded.
/// Original layout: `conditioner.embedders.0.model.`; diffusers: `text_encoder_2/`.
TextEncoderHandle make_sdxl_refiner_text_encoder(std::shared_ptr<const Weights> open_clip,
                                                 Placement, TokenizerHandle);

/// One transformer by other rules, for models whose config.json says so (`hidden_act`).
std::shared_ptr<const TextTower> make_clip_text_tower(std::shared_ptr<const Weights>, Placement,
                                                      const ClipTextRules&);

}  // namespace calotype
