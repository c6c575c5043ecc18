// Registers one node type, then fails: nothing of it may stay.
#include <calotype/plugin_entry.h>

#include <stdexcept>

namespace {

struct Half {
  static constexpr std::string_view kType = "test.Half";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {};
  struct Outputs {};
  static void describe(calotype::Describe<Half>&) {}
  static Outputs run(const Inputs&, const Params&, calotype::RunContext&) { return {}; }
};

struct OwnException {};

void register_nodes(calotype::Registrar& registrar) {
  registrar.add<Half>();
  throw TEST_THROWN;
}

}  // namespace

CALOTYPE_PLUGIN("test.throws", "1", register_nodes)
