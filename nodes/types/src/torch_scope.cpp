#include "calotype/types/torch_scope.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/host_memory.h"
#include "cuda_libraries.h"

namespace calotype {

namespace {

constexpr const char* kLessMemory = "use a smaller width, height or batch, or dtype bfloat16";
constexpr const char* kStartAgain =
    "the device cannot be used by this process any more: start the program again";

/// What libraries say when there is no memory for them. cuDNN's plans that fail for want of it are
/// tried one after the other, and then "unable to find an engine" is all that is said.
constexpr std::string_view kWordsForNoMemory[] = {
    "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
    "unable to find an engine to execute this computation",
    "could not create a primitive"};  // oneDNN

std::vector<c10::Stream> set_up() {
  keep_large_blocks();
  std::vector<c10::Stream> streams;
  const at::CUDAHooksInterface& cuda = at::detail::getCUDAHooks();
  if (!cuda.hasCUDA() || cuda.deviceCount() == 0) return streams;
  open_nvrtc();
  const c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
  for (c10::DeviceIndex i = 0; i < cuda.deviceCount(); ++i) {
    streams.push_back(guard.getDefaultStream({c10::DeviceType::CUDA, i}));
  }
  return streams;
}

}  // namespace

bool is_out_of_memory(const std::exception& e) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&e)) return true;
  const std::string_view text = e.what();
  return std::any_of(std::begin(kWordsForNoMemory), std::end(kWordsForNoMemory),
                     [&](std::string_view words) { return text.find(words) != text.npos; });
}

void torch_scope(const std::function<void()>& body) {
  static const std::vector<c10::Stream> default_streams = set_up();
  const c10::MultiStreamGuard in_order(default_streams);
  const c10::InferenceMode guard;
  try {
    body();
  } catch (const c10::Error& e) {
    const std::string text = e.what_without_backtrace();
    if (is_out_of_memory(e)) throw OutOfMemory(ErrorCode::run, text, kLessMemory);
    throw Error(ErrorCode::run, text, text.starts_with("CUDA error:") ? kStartAgain : "");
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    if (!is_out_of_memory(e)) throw;
    throw OutOfMemory(ErrorCode::run, std::string("out of memory: oneDNN ") + e.what(),
                      kLessMemory);
  }
}

}  // namespace calotype
