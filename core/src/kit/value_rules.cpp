#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "calotype/value_io.h"
#include "kit/lint_rules.h"
#include "kit/saved_form.h"

namespace calotype {

std::string failure_text(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& e) {
    return e.diagnostics().empty() ? e.what() : e.diagnostics().front().what;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

void check_own_value(const NodeSchema& schema, const PortSchema& port, const Value& value,
                     LintReport& report) {
  const PortType& type = *value.type();
  const std::string place = output_text(port.name);
  try {
    const TensorArchive saved = save_value(value);
    const Value again = load_value(type, saved);
    if (saved_digest(save_value(again)) != saved_digest(saved)) {
      LintSink(report, "round_trip")
          .error(schema.type, place,
                 fmt::format("a {} that was saved and loaded is another one: {}", type.name,
                             saved_difference(saved, save_value(again))),
                 "make load the exact inverse of save");
    }
    const MemoryUse use = value.memory();
    constexpr std::uint64_t kSmall = 1024;
    if (saved_bytes(saved) > kSmall && use.host + use.device < saved_bytes(saved) / 2) {
      Diagnostic& d =
          LintSink(report, "memory")
              .warning(schema.type, place, {}, "add up the bytes of what the value keeps alive");
      d.expected = fmt::format("a memory hook that counts about {} bytes", saved_bytes(saved));
      d.got = fmt::format("{} bytes", use.host + use.device);
    }
    const Preview preview = preview_of(value);
    const auto pixels = static_cast<std::uint64_t>(std::max(preview.width, 0)) *
                        static_cast<std::uint64_t>(std::max(preview.height, 0));
    if (preview.rgb.size() != pixels * 3) {
      Diagnostic& d = LintSink(report, "preview")
                          .error(schema.type, place, "the preview has a wrong size",
                                 "give width x height x 3 bytes");
      d.expected =
          fmt::format("{} bytes for {} x {} px", pixels * 3, preview.width, preview.height);
      d.got = std::to_string(preview.rgb.size());
    }
  } catch (...) {
    LintSink(report, "hooks")
        .error(schema.type, place,
               fmt::format("a hook of port type {} failed: {}", quote(type.name),
                           failure_text(std::current_exception())),
               "hooks must take every value that a node gives out");
  }
}

}  // namespace calotype
