#include "unet/label_embedding.h"

#include "calotype/types/aten.h"

namespace calotype {

LabelEmbedding::LabelEmbedding(WeightReader& reader, const UNetConfig& config) {
  if (config.vector_width > 0) {
    embedding_ = Layers{Linear(reader, "label_emb.0.0", config.vector_width, config.time_width()),
                        Linear(reader, "label_emb.0.2", config.time_width(), config.time_width())};
  } else if (config.noise_levels > 0) {
    embedding_ = reader.take("label_emb.weight", {config.noise_levels, config.time_width()});
  }
}

at::Tensor LabelEmbedding::operator()(const at::Tensor& vector,
                                      const at::Tensor& noise_levels) const {
  if (const auto* layers = std::get_if<Layers>(&embedding_)) {
    return layers->out(at::silu(layers->in(vector)));
  }
  if (const auto* table = std::get_if<at::Tensor>(&embedding_)) {
    return table->index_select(0, noise_levels);
  }
  return {};
}

}  // namespace calotype
