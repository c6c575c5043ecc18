#include "kept_blocks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <tuple>

namespace calotype {

namespace {

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (std::max<std::size_t>(bytes, 1) + page - 1) / page * page;
}

}  // namespace

KeptBlocks::~KeptBlocks() {
  drop(kept_bytes_);
  for (const auto& [at, block] : used_) ::munmap(at, block.extent.size);
}

void* KeptBlocks::take(std::size_t bytes, AfterUse after) {
  const std::size_t size = whole_pages(bytes);
  if (size < bytes) return nullptr;
  const std::scoped_lock lock(mutex_);
  Address at = nullptr;
  Extent extent;
  if (after == AfterUse::keep) {
    std::tie(at, extent) = take_kept(size);
    if (at == nullptr) std::tie(at, extent) = grown(size);
  }
  if (at == nullptr) std::tie(at, extent) = mapped(size);
  if (at == nullptr) return nullptr;
  used_.emplace(at, Used{extent, after});
  if (after == AfterUse::keep) {
    in_use_ += size;
    most_in_use_ = std::max(most_in_use_, in_use_);
  }
  return at;
}

bool KeptBlocks::give_back(void* block) noexcept {
  const std::scoped_lock lock(mutex_);
  const auto found = used_.find(block);
  if (found == used_.end()) return false;
  const auto [extent, after] = found->second;
  used_.erase(found);
  if (after == AfterUse::unmap) {
    ::munmap(block, extent.size);
    return true;
  }
  in_use_ -= extent.size;
  try {
    keep(static_cast<Address>(block), extent);
  } catch (const std::bad_alloc&) {
    ::munmap(block, extent.size);
  }
  return true;
}

std::size_t KeptBlocks::in_use() const {
  const std::scoped_lock lock(mutex_);
  return in_use_;
}

std::size_t KeptBlocks::kept() const {
  const std::scoped_lock lock(mutex_);
  return kept_bytes_;
}

/// The smallest kept block that holds `size`; what is over stays kept.
std::pair<KeptBlocks::Address, KeptBlocks::Extent> KeptBlocks::take_kept(std::size_t size) {
  const auto fit = kept_by_size_.lower_bound({size, nullptr});
  if (fit == kept_by_size_.end()) return {};
  const Address at = fit->second;
  const Extent all = remove_kept(at);
  if (all.size > size) keep(at + size, {all.size - size, all.mapping});
  return {at, {size, all.mapping}};
}

/// The largest kept block, too small by itself, moved to where there is room for `size`.
std::pair<KeptBlocks::Address, KeptBlocks::Extent> KeptBlocks::grown(std::size_t size) {
  if (kept_by_size_.empty()) return {};
  const Address at = kept_by_size_.rbegin()->second;
  const Extent old = remove_kept(at);
  make_room(size);
  void* const moved = ::mremap(at, old.size, size, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) {
    ::munmap(at, old.size);
    return {};
  }
  return {static_cast<Address>(moved), {size, moved == at ? old.mapping : ++mappings_}};
}

std::pair<KeptBlocks::Address, KeptBlocks::Extent> KeptBlocks::mapped(std::size_t size) {
  make_room(size);
  const auto map = [size] {
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  void* at = map();
  if (at == MAP_FAILED) {
    drop(kept_bytes_);
    at = map();
  }
  if (at == MAP_FAILED) return {};
  return {static_cast<Address>(at), {size, ++mappings_}};
}

void KeptBlocks::keep(Address at, Extent extent) {
  const auto after = kept_.lower_bound(at);
  if (after != kept_.end() && after->first == at + extent.size &&
      after->second.mapping == extent.mapping) {
    extent.size += remove_kept(after->first).size;
  }
  const auto next = kept_.lower_bound(at);
  if (next != kept_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second.size == at && before->second.mapping == extent.mapping) {
      const Address start = before->first;
      extent.size += remove_kept(start).size;
      at = start;
    }
  }
  kept_.emplace(at, extent);
  kept_by_size_.emplace(extent.size, at);
  kept_bytes_ += extent.size;
}

KeptBlocks::Extent KeptBlocks::remove_kept(Address at) {
  const auto found = kept_.find(at);
  const Extent extent = found->second;
  kept_.erase(found);
  kept_by_size_.erase({extent.size, at});
  kept_bytes_ -= extent.size;
  return extent;
}

/// Before pages come from the kernel for a block of `size`, of which some may be there.
void KeptBlocks::make_room(std::size_t size) {
  const std::size_t most = std::max(most_in_use_, in_use_ + size) + kSlack;
  const std::size_t wanted = in_use_ + kept_bytes_ + size;
  if (wanted > most) drop(std::min(wanted - most, kept_bytes_));
}

/// Small ones first: they serve fewest.
void KeptBlocks::drop(std::size_t bytes) {
  for (std::size_t gone = 0; gone < bytes;) {
    const Address at = kept_by_size_.begin()->second;
    const Extent extent = remove_kept(at);
    const std::size_t part = std::min(extent.size, bytes - gone);
    ::munmap(at + (extent.size - part), part);
    if (part < extent.size) keep(at, {extent.size - part, extent.mapping});
    gone += part;
  }
}

}  // namespace calotype
