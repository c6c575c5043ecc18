#include "kit/lint_rules.h"

namespace calotype {

void check_port_type_version(const PortType& type, LintSink& sink) {
  if (type.version >= 1) return;
  Diagnostic& d = sink.error({}, port_type_text(type.name), "its version is wrong",
                             "begin with 1; raise it when the saved form changes");
  d.expected = "at least 1";
  d.got = std::to_string(type.version);
}

void check_hooks(const PortType& type, LintSink& sink) {
  if (!type.save != !type.load) {
    sink.error(
        {}, port_type_text(type.name),
        type.save ? "it has a save hook, but no load hook" : "it has a load hook, but no save hook",
        "the disk cache needs both: set the other one too");
  } else if (!type.save && !type.memory) {
    sink.warning({}, port_type_text(type.name),
                 "it has neither save and load hooks nor a memory hook: its values are made again "
                 "in every process, and the memory cache counts them as nothing",
                 "set save and load for data; set memory for everything that holds more than a few "
                 "numbers");
  }
}

}  // namespace calotype
