#include <algorithm>
#include <cmath>

#include "calotype/error.h"
#include "image_file/codec.h"

namespace calotype {

Picture picture_from_chw(const float* data, std::int64_t height, std::int64_t width) {
  Picture p = picture::make_picture({}, width, height, 3);
  const auto plane = static_cast<std::size_t>(width * height);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t i = 0; i < plane; ++i) {
      const float x = data[channel * plane + i];
      if (std::isnan(x)) {
        throw Error(ErrorCode::run, "the picture contains NaN",
                    "run the VAE in float32, or lower the guidance scale");
      }
      p.pixels[3 * i + channel] = static_cast<std::uint8_t>(std::clamp(x, 0.0f, 1.0f) * 255.0f);
    }
  }
  return p;
}

}  // namespace calotype
