#pragma once
#include <cstdint>

#include "calotype/port_type.h"

namespace calotype {

/// A rectangle of a picture, px.
struct Region {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;

  bool operator==(const Region&) const = default;
};

template <>
struct PortTraits<Region> {
  CALOTYPE_API static const PortType& type();
};

}  // namespace calotype
