#include "pictures/require_memory.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/machine_memory.h"

namespace calotype {

void require_memory(std::int64_t count, std::int64_t height, std::int64_t width,
                    double bytes_per_pixel, std::string hint) {
  static const auto most = static_cast<double>(physical_memory());
  // In floating point: the product of three int64 overflows.
  const double bytes = bytes_per_pixel * static_cast<double>(count) * static_cast<double>(height) *
                       static_cast<double>(width);
  if (most == 0 || bytes <= most) return;
  throw Error(ErrorCode::run,
              fmt::format("{}{} x {} px would take about {}, this machine has {}",
                          count > 1 ? fmt::format("{} pictures of ", count) : "", width, height,
                          memory_text(bytes), memory_text(most)),
              std::move(hint));
}

}  // namespace calotype
