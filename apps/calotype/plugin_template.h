#pragma once
/// The files of `calotype new-plugin`, as they lie in plugin_template/ in the source tree. The
/// build puts them into the program.
#include <span>
#include <string_view>

namespace calotype::cli {

/// `path` begins with the folder that says when the file is written: common, torch or plain. Words
/// such as %NODE% stand for what depends on the plugin's name.
struct TemplateText {
  std::string_view path;
  std::string_view text;
};

std::span<const TemplateText> plugin_template();

}  // namespace calotype::cli
