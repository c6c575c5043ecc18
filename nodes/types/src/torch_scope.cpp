#include "calotype/types/torch_scope.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <mutex>

#include "calotype/error.h"
#include "calotype/types/host_memory.h"

namespace calotype {

void torch_scope(const std::function<void()>& body) {
  static std::once_flag once;
  std::call_once(once, keep_large_blocks);
  const c10::InferenceMode guard;
  try {
    body();
  } catch (const c10::OutOfMemoryError& e) {
    throw OutOfMemory(ErrorCode::run, e.what_without_backtrace(),
                      "use a smaller width, height or batch, or dtype bfloat16");
  } catch (const c10::Error& e) {
    throw Error(ErrorCode::run, e.what_without_backtrace());
  }
}

}  // namespace calotype
