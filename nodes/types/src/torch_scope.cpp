#include "calotype/types/torch_scope.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <exception>
#include <mutex>
#include <string_view>

#include "calotype/error.h"
#include "calotype/types/host_memory.h"

namespace calotype {

namespace {

constexpr const char* kLessMemory = "use a smaller width, height or batch, or dtype bfloat16";

}  // namespace

void torch_scope(const std::function<void()>& body) {
  static std::once_flag once;
  std::call_once(once, keep_large_blocks);
  const c10::InferenceMode guard;
  try {
    body();
  } catch (const c10::OutOfMemoryError& e) {
    throw OutOfMemory(ErrorCode::run, e.what_without_backtrace(), kLessMemory);
  } catch (const c10::Error& e) {
    throw Error(ErrorCode::run, e.what_without_backtrace());
  } catch (const std::exception& e) {
    // oneDNN has no other words for it.
    if (std::string_view(e.what()) != "could not create a primitive") throw;
    throw OutOfMemory(ErrorCode::run, "out of memory: oneDNN could not create a primitive",
                      kLessMemory);
  }
}

}  // namespace calotype
