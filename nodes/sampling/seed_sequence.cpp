#include "sampling/seed_sequence.h"

namespace calotype {

namespace {

constexpr std::uint32_t kInitA = 0x43b0d7e5;
constexpr std::uint32_t kMultA = 0x931e8875;
constexpr std::uint32_t kInitB = 0x8b51f9dd;
constexpr std::uint32_t kMultB = 0x58f38ded;
constexpr std::uint32_t kMixLeft = 0xca01f9dd;
constexpr std::uint32_t kMixRight = 0x4973f715;
constexpr int kShift = 16;

/// A hash whose constant changes with every use.
class Hash {
 public:
  Hash(std::uint32_t init, std::uint32_t mult) : constant_(init), mult_(mult) {}
  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= mult_;
    value *= constant_;
    return value ^ (value >> kShift);
  }

 private:
  std::uint32_t constant_;
  std::uint32_t mult_;
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t mixed = kMixLeft * x - kMixRight * y;
  return mixed ^ (mixed >> kShift);
}

/// Little-endian words without leading zeros; 0 is one word.
void append_words(std::vector<std::uint32_t>& words, std::uint64_t number) {
  do {
    words.push_back(static_cast<std::uint32_t>(number));
    number >>= 32;
  } while (number != 0);
}

}  // namespace

SeedSequence::SeedSequence(std::uint64_t entropy, std::span<const std::uint64_t> spawn_key,
                           std::size_t pool_size)
    : pool_(pool_size) {
  std::vector<std::uint32_t> words;
  append_words(words, entropy);
  if (!spawn_key.empty() && words.size() < pool_size) words.resize(pool_size);
  for (const std::uint64_t part : spawn_key) append_words(words, part);

  Hash hash(kInitA, kMultA);
  for (std::size_t i = 0; i < pool_size; ++i) pool_[i] = hash(i < words.size() ? words[i] : 0);
  for (std::size_t from = 0; from < pool_size; ++from) {
    for (std::size_t to = 0; to < pool_size; ++to) {
      if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from]));
    }
  }
  for (std::size_t from = pool_size; from < words.size(); ++from) {
    for (std::uint32_t& to : pool_) to = mix(to, hash(words[from]));
  }
}

std::vector<std::uint32_t> SeedSequence::generate_state(std::size_t words) const {
  Hash hash(kInitB, kMultB);
  std::vector<std::uint32_t> state;
  state.reserve(words);
  for (std::size_t i = 0; i < words; ++i) state.push_back(hash(pool_[i % pool_.size()]));
  return state;
}

}  // namespace calotype
