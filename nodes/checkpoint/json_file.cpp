#include "checkpoint/json_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "calotype/error.h"
#include "calotype/mapped_file.h"

namespace calotype {

nlohmann::json read_json_object(const std::filesystem::path& file, std::size_t limit) {
  const MappedFile content = map_file(file);
  const auto fail = [&](std::string what) {
    return Error(ErrorCode::io, {Diagnostic{.file = file.string(), .what = std::move(what)}});
  };
  if (content.bytes.size() > limit) {
    throw fail(fmt::format("above {} MiB, too large for a file with settings", limit >> 20));
  }
  const auto* text = reinterpret_cast<const char*>(content.bytes.data());
  nlohmann::json json = nlohmann::json::parse(text, text + content.bytes.size(), nullptr,
                                              /*allow_exceptions=*/false);
  if (!json.is_object()) throw fail("expected a JSON object");
  return json;
}

}  // namespace calotype
