#include "calotype/types/torch_scope.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "calotype/error.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::error_text;

constexpr const char* kHint = "\n  hint: use a smaller width, height or batch, or dtype bfloat16";

[[noreturn]] void fail_with(const std::string& text) { TORCH_CHECK(false, text); }

TEST(TorchScope, TellsMissingMemoryByTypeAndByTheWordsOfLibraries) {
  const auto out_of_memory = [](const auto& body) {
    EXPECT_THROW(torch_scope(body), OutOfMemory);
    return error_text([&] { torch_scope(body); });
  };
  EXPECT_EQ(out_of_memory([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory."); }),
            std::string("CUDA out of memory.") + kHint);
  for (const char* text :
       {"CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "GET was unable to find an engine to execute this computation"}) {
    EXPECT_EQ(out_of_memory([&] { fail_with(text); }), std::string(text) + kHint);
  }
  EXPECT_EQ(out_of_memory([] { throw std::runtime_error("could not create a primitive"); }),
            std::string("out of memory: oneDNN could not create a primitive") + kHint);
}

TEST(TorchScope, TellsOtherErrorsWithoutABacktrace) {
  const auto other = [](const auto& body) {
    try {
      torch_scope(body);
    } catch (const OutOfMemory&) {
      return std::string("out of memory");
    } catch (const std::exception& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(other([] { fail_with("shapes differ"); }), "shapes differ");
  EXPECT_EQ(other([] { fail_with("CUDA error: an illegal memory access was encountered"); }),
            "CUDA error: an illegal memory access was encountered\n"
            "  hint: the device cannot be used by this process any more: start the program again");
  EXPECT_EQ(other([] { throw std::runtime_error("no luck"); }), "no luck");
  EXPECT_EQ(other([] { throw Error(ErrorCode::io, "CUDA error: out of memory, it says"); }),
            "CUDA error: out of memory, it says");
}

}  // namespace
}  // namespace calotype
