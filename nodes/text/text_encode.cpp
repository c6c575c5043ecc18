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

/// [n, 77] tokens, a few chunks at a time: memory grows with them. `pooled` is of the first chunks.
TextEncoding encode_in_pieces(const TextTower& tower, const at::Tensor& ids,
                              std::int64_t clip_skip) {
  constexpr std::int64_t kAtOnce = 16;
  TextEncoding out;
  std::vector<at::Tensor> contexts;
  for (std::int64_t begin = 0; begin < ids.size(0); begin += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, ids.size(0) - begin);
    TextEncoding piece = tower.encode(ids.narrow(0, begin, count), clip_skip);
    contexts.push_back(std::move(piece.context));
    if (begin == 0) out.pooled = std::move(piece.pooled);
  }
  out.context = contexts.size() == 1 ? contexts.front() : at::cat(contexts, 0);
  return out;
}

void check_length(std::size_t chunks) {
  constexpr std::size_t kMaxChunks = 256;
  if (chunks <= kMaxChunks) return;
  throw Error(
      ErrorCode::run,
      fmt::format("the text fills {} chunks of 75 tokens, more than {}", chunks, kMaxChunks),
      "shorten it, or leave out BREAK");
}

/// The prompt as one transformer sees it: context [T, width], pooled [1, P] or undefined.
TextEncoding encode(const TextTower& tower, const Tokenize& tokenize, const TextEncode::Params& p) {
  const auto chunks = chunk_prompt(p.text, p.weighting, tokenize, tower.pad_id());
  check_length(chunks.size());
  TextEncoding out = encode_in_pieces(tower, ids_of(chunks), p.clip_skip);
  std::vector<at::Tensor> rows = out.context.unbind(0);
  at::Tensor empty;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (!chunks[i].weighted()) continue;
    if (p.weighting == PromptWeighting::a1111) {
      rows[i] = weigh_a1111(rows[i], chunks[i]);
      continue;
    }
    if (!empty.defined()) {
      const auto none = chunk_prompt("", PromptWeighting::none, tokenize, tower.pad_id());
      empty = tower.encode(ids_of(none), p.clip_skip).context.squeeze(0);
    }
    rows[i] = weigh_comfyui(rows[i], empty, chunks[i]);
  }
  out.context = at::cat(rows, 0);
  if (out.pooled.defined()) out.pooled = out.pooled.narrow(0, 0, 1).contiguous();
  return out;
}

Conditioning zeros(const TextEncoder& encoder) {
  const auto length = static_cast<std::int64_t>(PromptChunk::kLength);
  Conditioning c{at::zeros({1, length, encoder.width()}, at::kFloat)};
  if (encoder.pooled_width() > 0) c.pooled = at::zeros({1, encoder.pooled_width()}, at::kFloat);
  return c;
}

bool gives_zeros(const TextEncoder& encoder, const TextEncode::Params& p) {
  if (!p.text.empty() || p.empty_text == EmptyText::encoded) return false;
  return p.empty_text == EmptyText::zeros || encoder.zero_empty_text;
}

}  // namespace

std::span<const std::pair<std::string_view, EmptyText>> EnumNames<EmptyText>::table() {
  static constexpr std::pair<std::string_view, EmptyText> kTable[] = {
      {"auto", EmptyText::automatic}, {"encoded", EmptyText::encoded}, {"zeros", EmptyText::zeros}};
  return kTable;
}

void TextEncode::describe(Describe<TextEncode>& d) {
  d.summary("Encodes a prompt as the conditioning that Sample takes.");
  d.input("text_encoder", &Inputs::text_encoder, "From LoadCheckpoint.");
  d.param("text", &Params::text, "The prompt. Empty text is a real conditioning, not none.");
  d.param("clip_skip", &Params::clip_skip,
          "Layers left out from the end beyond those that the model leaves out anyway, 0 = none "
          "(web UIs count from 1: their 2 is 1 here).")
      .range(0, 63)
      .unit("layers");
  d.param("weighting", &Params::weighting,
          "Whose bracket rules are followed: a1111, comfyui, or none: brackets are text.");
  d.param("empty_text", &Params::empty_text,
          "What empty text becomes: encoded like any other, zeros, or auto: zeros for SDXL base "
          "(meant for the negative side), encoded for other models.");
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
  if (gives_zeros(encoder, p)) return {zeros(encoder)};
  const auto tokenize = [&](std::string_view text) { return encoder.tokenizer->encode(text); };
  Outputs out;
  std::vector<at::Tensor> contexts;
  for (const auto& tower : encoder.towers) {
    context.check_cancelled();
    TextEncoding one = encode(*tower, tokenize, p);
    contexts.push_back(std::move(one.context));
    if (one.pooled.defined()) out.conditioning.pooled = std::move(one.pooled);
  }
  out.conditioning.context = at::cat(contexts, -1).unsqueeze(0).contiguous();
  return out;
}

}  // namespace calotype
