#pragma once
#include <exception>
#include <functional>

#include "calotype/api.h"

namespace calotype {

/// Whether torch, or a library that it uses, ran out of memory of the host or of a device. Not
/// every one of them says so by the type of the exception.
CALOTYPE_API bool is_out_of_memory(const std::exception&);

/// Runs `body` as tensors need it: in inference mode on this thread and in the order of the
/// devices' default streams, whatever stream the caller has chosen; with an allocator that keeps
/// big blocks, set up once per process. c10::Error is rethrown as calotype::Error(run) without its
/// C++ backtrace, and as OutOfMemory where is_out_of_memory.
CALOTYPE_API void torch_scope(const std::function<void()>& body);

}  // namespace calotype
