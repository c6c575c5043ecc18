#pragma once
#include <functional>
#include <string_view>

namespace calotype {

/// Cuts a text that holds no special token into the words of CLIP, in UTF-8: composes (NFC),
/// lowers the case, then splits into the endings 's 't 're 've 'm 'll 'd, runs of letters, single
/// digits and runs of what is neither space, letter nor digit.
void for_each_clip_word(std::string_view text, const std::function<void(std::string_view)>& use);

}  // namespace calotype
