#include "plugin/learnt_file.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "calotype/atomic_file.h"
#include "plugin/abi.h"

namespace calotype {

nlohmann::json LearntFile::read() const {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > max_bytes) return nlohmann::json::array();
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const bool ours = json.is_object() && json.value(kind, nlohmann::json()) == format &&
                    json.value("build", nlohmann::json()) == build_identity() &&
                    json.contains(rows) && json[rows].is_array();
  return ours ? json[rows] : nlohmann::json::array();
}

void LearntFile::write(nlohmann::json all) const {
  if (path.empty()) return;
  const nlohmann::json json = {{kind, format}, {"build", build_identity()}, {rows, std::move(all)}};
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  AtomicFile out(path);
  // A path need not be UTF-8; such a library is simply not found again.
  out.write(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  out.commit();
}

}  // namespace calotype
