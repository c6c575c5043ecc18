#pragma once
#include <ATen/core/Tensor.h>
#include <calotype/port_type.h>

#include "palette_text.h"

namespace example {

/// Colours to paint with. Both tensors are contiguous and lie in host memory.
struct Palette {
  at::Tensor colours;  ///< float32 [N, 3], sRGB, 0..1; N from 1 to kMaxColours
  /// int64 [N]: how many pixels of the picture that it was taken from have each colour; 0 when it
  /// was not taken from a picture.
  at::Tensor pixels;
};

/// Throws calotype::Error(io) when the tensors are not what Palette says. For values of unknown
/// origin, such as files.
void check_palette(const Palette& palette);

}  // namespace example

template <>
struct calotype::PortTraits<example::Palette> {
  static const PortType& type();
};
