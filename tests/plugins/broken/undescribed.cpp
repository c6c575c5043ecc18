// Forgets to describe a parameter.
#include <calotype/plugin_entry.h>

namespace {

struct Forgetful {
  static constexpr std::string_view kType = "test.Forgetful";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    int a = 0;
    int b = 0;
  };
  struct Outputs {};
  static void describe(calotype::Describe<Forgetful>& d) { d.param("a", &Params::a, "First."); }
  static Outputs run(const Inputs&, const Params&, calotype::RunContext&) { return {}; }
};

void register_nodes(calotype::Registrar& registrar) { registrar.add<Forgetful>(); }

}  // namespace

CALOTYPE_PLUGIN("test.undescribed", "1", register_nodes)
