#include "formats/torch_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace calotype::torch_format {

namespace {

class Check {
 public:
  Check(std::string_view bytes, bool booleans, std::string_view key,
        const std::optional<zip::Entry>& entry, std::shared_ptr<const void> owner, std::string file)
      : bytes_(bytes),
        booleans_(booleans),
        key_(key),
        entry_(entry),
        owner_(std::move(owner)),
        file_(std::move(file)) {}

  void run() {
    // Not call_once: it throws through pthread_once, after which ThreadSanitizer waits for ever.
    const std::scoped_lock lock(mutex_);
    if (done_) return;
    if (entry_) zip::check_crc(entry_->packed, *entry_, file_);
    if (booleans_) check_booleans();
    done_ = true;
  }

 private:
  void check_booleans() const {
    const auto bad = std::find_if(bytes_.begin(), bytes_.end(),
                                  [](char c) { return static_cast<unsigned char>(c) > 1; });
    if (bad == bytes_.end()) return;
    throw Error(ErrorCode::io,
                {Diagnostic{.file = file_,
                            .what = fmt::format("byte {} of the booleans in storage {}",
                                                bad - bytes_.begin(), quote(key_)),
                            .expected = "0 or 1",
                            .got = fmt::format("{}", static_cast<unsigned char>(*bad))}});
  }

  std::string_view bytes_;
  bool booleans_;
  std::string key_;
  std::optional<zip::Entry> entry_;
  std::shared_ptr<const void> owner_;  // of the bytes and of the entry's name
  std::string file_;
  std::mutex mutex_;
  bool done_ = false;
};

}  // namespace

std::function<void()> deferred_check(std::string_view bytes, DType dtype, std::string_view key,
                                     const std::optional<zip::Entry>& entry,
                                     std::shared_ptr<const void> owner, const std::string& file) {
  const bool booleans = dtype == DType::boolean;
  if (!booleans && !entry) return {};
  const auto check = std::make_shared<Check>(bytes, booleans, key, entry, std::move(owner), file);
  return [check] { check->run(); };
}

}  // namespace calotype::torch_format
