#include "plugin_project.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "calotype/atomic_file.h"
#include "calotype/error.h"
#include "calotype/graph_json.h"
#include "image_file/picture.h"
#include "plugin_template.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

/// A hidden folder beside the one to be made; removed with what is left in it.
class Workshop {
 public:
  explicit Workshop(const fs::path& parent) {
    std::string pattern = (parent / ".new-plugin-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) {
      throw Error(ErrorCode::io, {Diagnostic{.file = parent.string(),
                                             .what = "no folder can be made here: " +
                                                     std::string(std::strerror(errno)),
                                             .hint = "choose another place with --folder"}});
    }
    path_ = pattern;
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void replace_all(std::string& text, std::string_view word, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; at += by.size()) {
    text.replace(at, word.size(), by);
  }
}

/// As an argument in a CMake file.
std::string cmake_quoted(const std::string& path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + '"';
}

/// Colours to take out: red grows to the right, green downwards, and a disc has the opposite ones.
Picture example_picture() {
  constexpr std::int64_t kWidth = 192;
  constexpr std::int64_t kHeight = 128;
  constexpr std::int64_t kRadius = 40;
  Picture picture{.width = kWidth, .height = kHeight, .channels = 3, .pixels = {}, .text = {}};
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const std::int64_t dx = x - kWidth / 2;
      const std::int64_t dy = y - kHeight / 2;
      const bool inside = dx * dx + dy * dy < kRadius * kRadius;
      for (const std::int64_t value :
           {255 * x / (kWidth - 1), 255 * y / (kHeight - 1), std::int64_t{128}}) {
        picture.pixels.push_back(static_cast<std::uint8_t>(inside ? 255 - value : value));
      }
    }
  }
  return picture;
}

[[noreturn]] void refuse_existing(const fs::path& folder) {
  throw Error(ErrorCode::graph,
              {Diagnostic{.file = folder.string(),
                          .what = "it exists already, and nothing is overwritten",
                          .hint = "choose another place with --folder, or move it away"}});
}

/// Like rename, but never onto something that is there.
void rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST) refuse_existing(to);
  std::error_code error;
  // Some file systems do not know the flag.
  if (errno == EINVAL || errno == ENOSYS) {
    if (fs::exists(fs::symlink_status(to))) refuse_existing(to);
    fs::rename(from, to, error);
    if (!error) return;
  } else {
    error = std::error_code(errno, std::generic_category());
  }
  throw Error(ErrorCode::io,
              {Diagnostic{.file = to.string(),
                          .what = "the project cannot be put here: " + error.message(),
                          .hint = "choose another place with --folder"}});
}

}  // namespace

std::vector<std::pair<std::string, std::string>> plugin_files(const PluginNames& names,
                                                              bool with_torch,
                                                              const fs::path& prefix) {
  const std::string hints =
      prefix.empty() ? "" : "\n             HINTS " + cmake_quoted(prefix.string());
  const std::pair<std::string_view, std::string> words[] = {
      {"%NODE%", names.node},     {"%TYPE%", names.node_type},     {"%ID%", names.id},
      {"%FILE%", names.file},     {"%SPACE%", names.space},        {"%VENDOR%", names.vendor},
      {"%TARGET%", names.target}, {"%VERSION%", CALOTYPE_VERSION}, {"%HINTS%", hints}};
  std::vector<std::pair<std::string, std::string>> files;
  for (const TemplateText& file : plugin_template()) {
    const std::size_t slash = file.path.find('/');
    const std::string_view group = file.path.substr(0, slash);
    if (group != "common" && group != (with_torch ? "torch" : "plain")) continue;
    std::string name(file.path.substr(slash + 1));
    if (name.starts_with("node")) name.replace(0, 4, names.file);
    std::string text(file.text);
    for (const auto& [word, by] : words) replace_all(text, word, by);
    // Where its lines break depends on the names.
    if (name == "graph.json") text = format_graph(parse_graph(std::move(text), name));
    files.emplace_back(std::move(name), std::move(text));
  }
  return files;
}

void write_plugin_project(const fs::path& folder,
                          const std::vector<std::pair<std::string, std::string>>& files,
                          bool with_torch) {
  if (fs::exists(fs::symlink_status(folder))) refuse_existing(folder);
  const Workshop workshop(folder.parent_path());
  const fs::path project = workshop.path() / "project";
  std::error_code error;
  if (!fs::create_directory(project, error)) {
    throw Error(ErrorCode::io,
                {Diagnostic{.file = project.string(),
                            .what = "the folder cannot be made: " + error.message()}});
  }
  for (const auto& [name, text] : files) {
    AtomicFile file(project / name);
    file.write(text);
    file.commit();
  }
  if (with_torch) write_picture(project / "picture.png", example_picture());
  rename_new(project, folder);
}

}  // namespace calotype::cli
