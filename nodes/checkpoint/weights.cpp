#include "checkpoint/weights.h"

namespace calotype {

Weights::~Weights() = default;

}  // namespace calotype
