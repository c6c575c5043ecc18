#pragma once
/// Large blocks of host memory whose pages are used again.
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "calotype/api.h"

namespace calotype {

/// Blocks of whole pages, each mapped by itself. A block that is given back keeps its pages for the
/// next one: faulting them in again would cost up to half of the time of a network on the CPU.
/// Where none is large enough, the pages of a smaller one are moved to a larger place (mremap), so
/// that no holes build up as on a heap. What is in use and what is kept together never exceed what
/// was once in use at the same time, by more than kSlack. Thread-safe.
class CALOTYPE_API KeptBlocks {
 public:
  /// Keeping less than this is not worth a system call.
  static constexpr std::size_t kSlack = std::size_t{16} << 20;

  KeptBlocks() = default;
  ~KeptBlocks();
  KeptBlocks(const KeptBlocks&) = delete;
  KeptBlocks& operator=(const KeptBlocks&) = delete;

  enum class AfterUse { keep, unmap };

  /// At least `bytes`, at a page's beginning, contents undefined; fresh pages for what is unmapped
  /// after use, which would only take apart what others need again. Null when the kernel gives no
  /// more, even after all that was kept is gone.
  void* take(std::size_t bytes, AfterUse after);

  /// False when `block` did not come from take() or was given back before.
  bool give_back(void* block) noexcept;

  /// For pthread_atfork alone.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

  /// Bytes of blocks that will be kept.
  std::size_t in_use() const;
  /// Bytes of pages that wait for their next use.
  std::size_t kept() const;

 private:
  using Address = std::byte*;
  /// Blocks may be joined only when the kernel sees one mapping: mremap takes no more.
  struct Extent {
    std::size_t size = 0;
    std::uint64_t mapping = 0;
  };
  struct Used {
    Extent extent;
    AfterUse after = AfterUse::keep;
  };

  std::pair<Address, Extent> take_kept(std::size_t size);
  std::pair<Address, Extent> grown(std::size_t size);
  std::pair<Address, Extent> mapped(std::size_t size);
  void keep(Address at, Extent extent);
  Extent remove_kept(Address at);
  void make_room(std::size_t size);
  void drop(std::size_t bytes);

  mutable std::mutex mutex_;
  std::unordered_map<void*, Used> used_;
  std::map<Address, Extent> kept_;
  std::set<std::pair<std::size_t, Address>> kept_by_size_;
  std::uint64_t mappings_ = 0;
  std::size_t in_use_ = 0;  // of blocks that are kept after use
  std::size_t most_in_use_ = 0;
  std::size_t kept_bytes_ = 0;
};

}  // namespace calotype
