#include "calotype/types/host_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"
#include "support/error_text.h"

// Nothing of this holds where AddressSanitizer keeps torch's own allocator.
#ifndef __SANITIZE_ADDRESS__

namespace calotype {
namespace {

constexpr std::int64_t kFloats = std::int64_t{3} << 20;

class HostMemory : public ::testing::Test {
 protected:
  HostMemory() {
    torch_scope([] {});
  }
};

TEST_F(HostMemory, OfALargeTensorServesTheNextOne) {
  at::Tensor first = at::full({kFloats}, 7.0F);
  const void* const place = first.data_ptr();
  first.reset();
  const at::Tensor second = at::empty({kFloats});
  EXPECT_EQ(second.data_ptr(), place);
  EXPECT_EQ(second[0].item<float>(), 7.0F);
}

TEST_F(HostMemory, OfAWeightGoesBackToTheKernel) {
  at::Tensor weight;
  {
    const UnmapAfterUse stays;
    weight = at::full({kFloats}, 7.0F);
  }
  void* const place = weight.data_ptr();
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(place, 1, &resident), 0);
  weight.reset();
  EXPECT_EQ(::mincore(place, 1, &resident), -1) << "it is mapped";
}

TEST_F(HostMemory, IsFreeAgainWhileItsPagesAreKept) {
  constexpr std::int64_t kMany = std::int64_t{64} << 20;
  at::Tensor large = at::zeros({kMany});
  const double before = free_host_memory();
  large.reset();
  EXPECT_GT(free_host_memory(), before + 4.0 * kMany / 2);
}

TEST_F(HostMemory, ThatIsNotThereIsAnErrorOfItsOwn) {
  EXPECT_THROW(torch_scope([] { at::empty({std::int64_t{1} << 50}); }), OutOfMemory);
  EXPECT_EQ(test::error_text([] { torch_scope([] { at::empty({std::int64_t{1} << 50}); }); }),
            "out of memory: 4503599627370496 bytes for one tensor\n"
            "  hint: use a smaller width, height or batch, or dtype bfloat16");
}

}  // namespace
}  // namespace calotype

#endif
