#include "text/text_encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

at::Tensor ids_of(const std::vector<PromptChunk>& chunks) {
  const auto rows = static_cast<std::int64_t>(chunks.size());
  const auto length = static_cast<std::int64_t>(PromptChunk::kLength);
  at::Tensor ids = at::empty({rows, length}, at::kLong);
  auto* out = ids.mutable_data_ptr<std::int64_t>();
  for (const PromptChunk& chunk : chunks) out = std::copy(chunk.ids.begin(), chunk.ids.end(), out);
  return ids;
}

/// [77, 1], to multiply a chunk's vectors by.
at::Tensor weights_of(const PromptChunk& chunk, const at::Tensor& like) {
  return at::tensor(at::ArrayRef<float>(chunk.weights.data(), chunk.weights.size()))
      .unsqueeze(1)
      .to(like.options());
}

/// A1111: vectors times weights, then scaled so that the chunk's mean is as before.
at::Tensor weigh_a1111(const at::Tensor& z, const PromptChunk& chunk) {
  const at::Tensor weighted = z * weights_of(chunk, z);
  const at::Tensor restored = weighted * (z.mean() / weighted.mean());
  // All weights zero (or a mean that cancels out) leaves nothing to restore.
  return restored.isfinite().all().item<bool>() ? restored : weighted;
}

/// ComfyUI: away from (or towards) the vectors of an empty prompt.
at::Tensor weigh_comfyui(const at::Tensor& z, const at::Tensor& empty, const PromptChunk& chunk) {
  return (z - empty) * weights_of(chunk, z) + empty;
}

}  // namespace

void TextEncode::describe(Describe<TextEncode>& d) {
  d.summary("Encodes a prompt as the conditioning that Sample takes.");
  d.input("text_encoder", &Inputs::text_encoder, "From LoadCheckpoint.");
  d.param("text", &Params::text, "The prompt. Empty text is a real conditioning, not none.");
  d.param("clip_skip", &Params::clip_skip,
          "Layers left out from the end, 0 = none (web UIs count from 1: their 2 is 1 here).")
      .range(0, 63)
      .unit("layers");
  d.param("weighting", &Params::weighting,
          "Whose bracket rules are followed: a1111, comfyui, or none: brackets are text.");
  d.output("conditioning", &Outputs::conditioning, "77 vectors for each 75 tokens of the prompt.");
  d.lane(Lane::device);
}

TextEncode::Outputs TextEncode::run(const Inputs& in, const Params& p, RunContext& context) {
  const TextEncoder& encoder = *in.text_encoder;
  if (p.clip_skip < 0 || p.clip_skip >= encoder.layers()) {
    throw Error(ErrorCode::run,
                fmt::format("clip_skip {} leaves no layer of the text encoder: expected 0 to {}",
                            p.clip_skip, encoder.layers() - 1));
  }
  const auto tokenize = [&](std::string_view text) { return encoder.tokenizer().encode(text); };
  const std::vector<PromptChunk> chunks =
      chunk_prompt(p.text, p.weighting, tokenize, encoder.pad_id());
  context.check_cancelled();
  std::vector<at::Tensor> rows = encoder.encode(ids_of(chunks), p.clip_skip).unbind(0);

  at::Tensor empty;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (!chunks[i].weighted()) continue;
    if (p.weighting == PromptWeighting::a1111) {
      rows[i] = weigh_a1111(rows[i], chunks[i]);
      continue;
    }
    if (!empty.defined()) {
      const auto none = chunk_prompt("", PromptWeighting::none, tokenize, encoder.pad_id());
      empty = encoder.encode(ids_of(none), p.clip_skip).squeeze(0);
    }
    rows[i] = weigh_comfyui(rows[i], empty, chunks[i]);
  }
  return {Conditioning{at::cat(rows, 0).unsqueeze(0).contiguous()}};
}

}  // namespace calotype
