#pragma once
#include <functional>

#include "calotype/api.h"

namespace calotype {

/// Runs `body` as tensors need it: inference mode on this thread, an allocator that keeps big
/// blocks and the thread count set up once per process, and c10::Error rethrown as
/// calotype::Error(run) without its C++ backtrace (out of memory says what was asked for).
CALOTYPE_API void torch_scope(const std::function<void()>& body);

}  // namespace calotype
