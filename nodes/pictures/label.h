#pragma once
/// Text as a picture.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace calotype {

/// `text` (UTF-8) in one line of the system's sans-serif font, centred: float32 [height, width], 0
/// where there is nothing, 1 where there is ink. Letters are about two thirds of the height; a text
/// that is too wide is cut and ends in an ellipsis. Characters that the font does not have are
/// drawn as its empty box. Throws Error(run) when the system has no font. Thread-safe.
at::Tensor draw_label(const std::string& text, std::int64_t width, std::int64_t height);

}  // namespace calotype
