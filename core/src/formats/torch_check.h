#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "calotype/tensor_archive.h"
#include "formats/zip_directory.h"

namespace calotype::torch_format {

/// A check of a storage that waits until one of its tensors is used and is then done once: the
/// checksum of `entry`, if given, and that booleans are 0 or 1. Empty when there is nothing to
/// check. Keeps `owner`, which holds the bytes. The check throws Error(io) and is thread-safe.
std::function<void()> deferred_check(std::string_view bytes, DType, std::string_view key,
                                     const std::optional<zip::Entry>& entry,
                                     std::shared_ptr<const void> owner, const std::string& file);

}  // namespace calotype::torch_format
