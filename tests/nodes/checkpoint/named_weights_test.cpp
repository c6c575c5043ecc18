#include "checkpoint/named_weights.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/archives.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::archive_of;
using test::error_text;

TEST(NamedWeights, LeavesOutTensorsWithoutName) {
  const TensorArchive archive = archive_of({{"a.x", {2}}, {"b.y", {1, 3}}});
  const auto w = name_weights("m", archive, [](std::string_view n) {
    return n.starts_with("b.") ? std::string(n.substr(2)) : std::string();
  });
  EXPECT_EQ(w->names(), std::vector<std::string>{"y"});
  EXPECT_EQ(*w->shape("y"), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(w->shape("x"), nullptr);
  EXPECT_EQ(w->bytes(), 12u);
  EXPECT_TRUE(w->tensor("y").equal(at::arange(3, at::kFloat).view({1, 3})));
  EXPECT_EQ(error_text([&] { w->tensor("x"); }), "m: there is no tensor \"x\"");
}

TEST(NamedWeights, IsNullWhenNothingHasAName) {
  EXPECT_EQ(name_weights("m", archive_of({{"a", {1}}}), [](auto) { return std::string(); }),
            nullptr);
}

TEST(NamedWeights, RefusesTwoTensorsForOneWeight) {
  EXPECT_EQ(error_text([] {
              name_weights("m", archive_of({{"a", {1}}, {"b", {1}}}),
                           [](auto) { return std::string("c"); });
            }),
            "m: the tensors \"a\" and \"b\" are the same weight \"c\"");
}

}  // namespace
}  // namespace calotype
