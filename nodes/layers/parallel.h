#pragma once
#include <cstdint>
#include <functional>

namespace calotype {

/// Calls `task` once for each number in 0..count-1, on torch's own intra-operator threads, and
/// returns when all are done. Tasks must not throw.
void parallel_tasks(std::int64_t count, const std::function<void(std::int64_t)>& task);

}  // namespace calotype
