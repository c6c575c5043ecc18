#include "calotype/types/torch_scope.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <mutex>

#include "calotype/error.h"

namespace calotype {

namespace {

/// Large blocks otherwise go back to the kernel after each operator and are faulted in again.
void keep_big_blocks() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
}

}  // namespace

void torch_scope(const std::function<void()>& body) {
  static std::once_flag once;
  std::call_once(once, keep_big_blocks);
  const c10::InferenceMode guard;
  try {
    body();
  } catch (const c10::OutOfMemoryError& e) {
    throw Error(ErrorCode::run, e.what_without_backtrace(),
                "use a smaller width, height or batch, or dtype bfloat16");
  } catch (const c10::Error& e) {
    throw Error(ErrorCode::run, e.what_without_backtrace());
  }
}

}  // namespace calotype
