#include "formats/byte_pairs.h"

#include <bit>
#include <functional>
#include <queue>

namespace calotype {

namespace {

bool is_printable(int byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

ByteOrder make_byte_order() {
  ByteOrder order;
  std::int32_t next = 0;
  for (const bool wanted : {true, false}) {
    for (int byte = 0; byte < 256; ++byte) {
      if (is_printable(byte) != wanted) continue;
      order.byte_of[static_cast<std::size_t>(next)] = static_cast<std::uint8_t>(byte);
      order.symbol_of[static_cast<std::size_t>(byte)] = next++;
    }
  }
  return order;
}

std::uint64_t key_of(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
         static_cast<std::uint32_t>(right);
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// A symbol in the doubly linked list of a word; a dead one has symbol -1.
struct Link {
  std::int32_t symbol;
  std::size_t previous;
  std::size_t next;
};

struct Candidate {
  std::int32_t rank;
  std::size_t left;
  bool operator>(const Candidate& o) const {
    return rank != o.rank ? rank > o.rank : left > o.left;
  }
};

using Queue = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

std::int32_t rank_at(const PairRanks& ranks, const std::vector<Link>& links, std::size_t left) {
  if (left == kNone || links[left].symbol < 0 || links[left].next == kNone) return -1;
  return ranks.find(links[left].symbol, links[links[left].next].symbol);
}

void push(const PairRanks& ranks, const std::vector<Link>& links, std::size_t left, Queue& queue) {
  if (const std::int32_t rank = rank_at(ranks, links, left); rank >= 0) queue.push({rank, left});
}

void merge_right(std::vector<Link>& links, std::size_t left, std::int32_t rank) {
  Link& a = links[left];
  Link& b = links[a.next];
  a.symbol = kFirstMerged + rank;
  a.next = b.next;
  if (b.next != kNone) links[b.next].previous = left;
  b.symbol = -1;
}

}  // namespace

const ByteOrder& byte_order() {
  static const ByteOrder order = make_byte_order();
  return order;
}

char32_t printable(std::int32_t symbol) {
  const int byte = byte_order().byte_of[static_cast<std::size_t>(symbol)];
  constexpr std::int32_t kPrintableBytes = 188;
  return is_printable(byte) ? static_cast<char32_t>(byte)
                            : static_cast<char32_t>(256 + symbol - kPrintableBytes);
}

PairRanks::PairRanks(std::size_t max_pairs) : rows_(std::bit_ceil(2 * max_pairs + 2)) {}

std::size_t PairRanks::slot(std::uint64_t key) const {
  std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 32) & (rows_.size() - 1);
  while (rows_[at].rank >= 0 && rows_[at].key != key) at = (at + 1) & (rows_.size() - 1);
  return at;
}

bool PairRanks::add(std::int32_t left, std::int32_t right, std::int32_t rank) {
  const std::uint64_t key = key_of(left, right);
  Row& row = rows_[slot(key)];
  if (row.rank >= 0) return false;
  row = {key, rank};
  return true;
}

std::int32_t PairRanks::find(std::int32_t left, std::int32_t right) const {
  return rows_[slot(key_of(left, right))].rank;
}

void encode_word(const PairRanks& ranks, std::string_view word, std::vector<std::int32_t>& out) {
  if (word.empty()) return;
  std::vector<Link> links;
  links.reserve(word.size());
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool last = i + 1 == word.size();
    links.push_back(
        {byte_order().symbol_of[static_cast<unsigned char>(word[i])] + (last ? kByteSymbols : 0),
         i - 1, last ? kNone : i + 1});
  }
  Queue queue;
  for (std::size_t i = 0; i < links.size(); ++i) push(ranks, links, i, queue);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    if (rank_at(ranks, links, best.left) != best.rank) continue;  // merged away meanwhile
    merge_right(links, best.left, best.rank);
    push(ranks, links, links[best.left].previous, queue);
    push(ranks, links, best.left, queue);
  }
  for (std::size_t i = 0; i != kNone; i = links[i].next) out.push_back(links[i].symbol);
}

}  // namespace calotype
