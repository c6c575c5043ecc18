#include <iterator>
#include <utility>

#include "calotype/cache.h"
#include "calotype/value_io.h"

namespace calotype {

namespace {

/// Values that cost nothing must not pile up without end.
constexpr std::size_t kMaxEntries = std::size_t{1} << 20;

struct Entry {
  Hash128 key;
  Value value;
  MemoryUse use;
};

}  // namespace

struct MemoryCache::State {
  mutable std::mutex mutex;
  MemoryUse budget;
  MemoryUse used;
  std::list<Entry> entries;  ///< most recently used first
  std::unordered_map<Hash128, std::list<Entry>::iterator> index;

  void charge(const MemoryUse& use) {
    used.host += use.host;
    used.device += use.device;
  }
  void refund(const MemoryUse& use) {
    used.host -= use.host;
    used.device -= use.device;
  }

  /// Moves the entry to `dropped`, so that its value dies outside the lock.
  void drop(std::list<Entry>::iterator entry, std::list<Entry>& dropped) {
    refund(entry->use);
    index.erase(entry->key);
    dropped.splice(dropped.end(), entries, entry);
  }

  /// False when the value has no host form; it must be dropped then.
  bool move_to_host(Entry& entry, std::list<Entry>& dropped) {
    if (!entry.value.type()->to_host) return false;
    Value host;
    try {
      host = host_copy(entry.value);
    } catch (const std::exception&) {
      return false;
    }
    const MemoryUse use = host.memory();
    if (!host || use.device > 0 || use.host > budget.host) return false;
    refund(entry.use);
    dropped.push_back({entry.key, std::move(entry.value), {}});
    entry.value = std::move(host);
    entry.use = use;
    charge(use);
    return true;
  }

  void shrink_device(std::list<Entry>& dropped) {
    auto next = entries.end();
    while (used.device > budget.device && next != entries.begin()) {
      const auto entry = std::prev(next);
      if (entry->use.device == 0 || move_to_host(*entry, dropped)) {
        next = entry;
      } else {
        drop(entry, dropped);
      }
    }
  }

  void shrink_host(std::list<Entry>& dropped) {
    auto next = entries.end();
    while ((used.host > budget.host || entries.size() > kMaxEntries) && next != entries.begin()) {
      const auto entry = std::prev(next);
      if (entry->use.host == 0 && entries.size() <= kMaxEntries) {
        next = entry;
      } else {
        drop(entry, dropped);
      }
    }
  }
};

MemoryCache::MemoryCache(std::size_t host_budget, std::size_t device_budget)
    : state_(std::make_unique<State>()) {
  state_->budget = {host_budget, device_budget};
}
MemoryCache::~MemoryCache() = default;

Value MemoryCache::get(const Hash128& key) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->index.find(key);
  if (found == state_->index.end()) return {};
  state_->entries.splice(state_->entries.begin(), state_->entries, found->second);
  return found->second->value;
}

void MemoryCache::put(const Hash128& key, Value value) {
  if (!value) return;
  const MemoryUse use = value.memory();
  std::list<Entry> dropped;  // destroyed after the lock is released
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->index.find(key);
  if (found != state_->index.end()) state_->drop(found->second, dropped);
  if (use.host > state_->budget.host || use.device > state_->budget.device) return;
  state_->entries.push_front({key, std::move(value), use});
  state_->index.emplace(key, state_->entries.begin());
  state_->charge(use);
  state_->shrink_device(dropped);
  state_->shrink_host(dropped);
}

void MemoryCache::remove(const Hash128& key) {
  std::list<Entry> dropped;
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->index.find(key);
  if (found != state_->index.end()) state_->drop(found->second, dropped);
}

void MemoryCache::clear() {
  std::list<Entry> dropped;
  const std::lock_guard lock(state_->mutex);
  state_->index.clear();
  dropped.swap(state_->entries);
  state_->used = {};
}

MemoryUse MemoryCache::used() const {
  const std::lock_guard lock(state_->mutex);
  return state_->used;
}

std::size_t MemoryCache::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->entries.size();
}

}  // namespace calotype
