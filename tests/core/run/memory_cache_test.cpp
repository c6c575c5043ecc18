#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "calotype/cache.h"

namespace calotype::test {
namespace {

/// Some bytes that lie on the host or on a pretended device.
struct Block {
  std::size_t host = 0;
  std::size_t device = 0;
};

PortType block_type(bool movable) {
  PortType type;
  type.name = "Block";
  type.memory = [](const void* v) {
    const auto& block = *static_cast<const Block*>(v);
    return MemoryUse{block.host, block.device};
  };
  if (movable) {
    type.to_host = [](const void* v) -> std::shared_ptr<const void> {
      const auto& block = *static_cast<const Block*>(v);
      return std::make_shared<const Block>(Block{block.host + block.device, 0});
    };
  }
  return type;
}

const PortType kFixed = block_type(false);
const PortType kMovable = block_type(true);

Value host(std::size_t bytes) { return {kFixed, std::make_shared<const Block>(Block{bytes, 0})}; }
Value device(std::size_t bytes, const PortType& type = kMovable) {
  return {type, std::make_shared<const Block>(Block{0, bytes})};
}
Hash128 key(std::uint64_t n) { return {.high = 0, .low = n}; }

TEST(MemoryCache, GivesBackWhatWasPut) {
  MemoryCache cache(100, 100);
  const Value value = host(10);
  cache.put(key(1), value);
  EXPECT_EQ(cache.get(key(1)).data(), value.data());
  EXPECT_FALSE(cache.get(key(2)));
  EXPECT_EQ(cache.used().host, 10U);
}

TEST(MemoryCache, DropsTheLeastRecentlyUsedFirst) {
  MemoryCache cache(30, 0);
  for (std::uint64_t i = 1; i <= 3; ++i) cache.put(key(i), host(10));
  EXPECT_TRUE(cache.get(key(1)));
  cache.put(key(4), host(10));
  EXPECT_TRUE(cache.get(key(1)));
  EXPECT_FALSE(cache.get(key(2)));
  EXPECT_TRUE(cache.get(key(3)));
  EXPECT_EQ(cache.used().host, 30U);
}

TEST(MemoryCache, DoesNotKeepWhatExceedsTheWholeBudget) {
  MemoryCache cache(30, 0);
  cache.put(key(1), host(10));
  cache.put(key(2), host(31));
  EXPECT_FALSE(cache.get(key(2)));
  EXPECT_TRUE(cache.get(key(1)));
}

TEST(MemoryCache, ForgetsButDoesNotFreeWhatIsInUse) {
  MemoryCache cache(10, 0);
  const Value used = host(10);
  const std::weak_ptr<const void> probe = used.data();
  cache.put(key(1), used);
  cache.put(key(2), host(10));
  EXPECT_FALSE(cache.get(key(1)));
  EXPECT_FALSE(probe.expired());
}

TEST(MemoryCache, FreesWhatItDrops) {
  MemoryCache cache(10, 0);
  Value value = host(10);
  const std::weak_ptr<const void> probe = value.data();
  cache.put(key(1), std::move(value));
  EXPECT_FALSE(probe.expired());
  cache.put(key(2), host(10));
  EXPECT_TRUE(probe.expired());
}

TEST(MemoryCache, ChargesAReplacedValueOnce) {
  MemoryCache cache(100, 0);
  cache.put(key(1), host(40));
  cache.put(key(1), host(10));
  EXPECT_EQ(cache.used().host, 10U);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(MemoryCache, MovesOlderDeviceValuesToTheHost) {
  MemoryCache cache(100, 20);
  cache.put(key(1), device(15));
  cache.put(key(2), device(15));
  EXPECT_EQ(cache.used().device, 15U);
  EXPECT_EQ(cache.used().host, 15U);
  EXPECT_EQ(cache.get(key(1)).memory().host, 15U);
  EXPECT_EQ(cache.get(key(2)).memory().device, 15U);
}

TEST(MemoryCache, DropsDeviceValuesThatHaveNoHostForm) {
  MemoryCache cache(100, 20);
  cache.put(key(1), device(15, kFixed));
  cache.put(key(2), device(15, kFixed));
  EXPECT_FALSE(cache.get(key(1)));
  EXPECT_EQ(cache.used().device, 15U);
  EXPECT_EQ(cache.used().host, 0U);
}

TEST(MemoryCache, DropsDeviceValuesThatTheHostCannotTake) {
  MemoryCache cache(10, 20);
  cache.put(key(1), device(15));
  cache.put(key(2), device(15));
  EXPECT_FALSE(cache.get(key(1)));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(MemoryCache, LeavesHostValuesAloneWhenTheDeviceIsFull) {
  MemoryCache cache(100, 20);
  cache.put(key(1), host(50));
  cache.put(key(2), device(15, kFixed));
  cache.put(key(3), device(15, kFixed));
  EXPECT_TRUE(cache.get(key(1)));
}

TEST(MemoryCache, ForgetsEverythingOnClear) {
  MemoryCache cache(100, 100);
  cache.put(key(1), host(10));
  cache.put(key(2), device(10));
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.used().host, 0U);
  EXPECT_EQ(cache.used().device, 0U);
}

TEST(MemoryCache, StaysWithinItsBudgetUnderManyThreads) {
  MemoryCache cache(1000, 1000);
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::uint64_t i = 0; i < 2000; ++i) {
        const std::uint64_t n = (i * 7 + t) % 50;
        cache.put(key(n), n % 2 ? host(n + 1) : device(n + 1));
        const Value value = cache.get(key((i + t) % 50));
        if (!value) continue;
        EXPECT_GT(value.memory().host + value.memory().device, 0U);
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache.used().host, 1000U);
  EXPECT_LE(cache.used().device, 1000U);
}

}  // namespace
}  // namespace calotype::test
