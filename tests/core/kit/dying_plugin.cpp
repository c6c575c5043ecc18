// A plugin with nodes that end the process; LINT_TEST_DEATH says which of them is registered, and
// "opening" crashes before any is.
#include <calotype/plugin_entry.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string_view chosen_death() {
  const char* const death = std::getenv("LINT_TEST_DEATH");
  return death ? death : "";
}

struct Dies {
  static constexpr std::string_view kType = "lint.Dies";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    bool loudly = true;
    std::string kind = "Image";
  };
  struct Outputs {
    calotype::Value nothing;
  };
  static void describe(calotype::Describe<Dies>& d) {
    d.summary("Ends the process.");
    d.param("loudly", &Params::loudly, "Whether to print before.");
    d.param("kind", &Params::kind, "Type of what never comes.");
    d.output("nothing", &Outputs::nothing, "kind", "Never reached.");
  }
  static Outputs run(const Inputs&, const Params& params, calotype::RunContext&) {
    if (params.loudly) std::puts("about to die");
    std::fflush(stdout);
    const std::string_view death = chosen_death();
    if (death == "crash") std::raise(SIGSEGV);
    if (death == "exit") std::exit(7);
    while (death == "hang") {
    }
    return {};
  }
};

void register_nodes(calotype::Registrar& registrar) {
  if (chosen_death() == "opening") std::abort();
  registrar.add<Dies>();
}

}  // namespace

CALOTYPE_PLUGIN("lint.dying", "1.0.0", register_nodes)
