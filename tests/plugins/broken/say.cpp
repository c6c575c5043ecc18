// A plugin that works; the build gives each copy of it its names.
#include <calotype/plugin_entry.h>

#include <string>

namespace {

struct Text {
  std::string text;
};

}  // namespace

template <>
struct calotype::PortTraits<Text> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = TEST_PORT;
      t.doc = "A text.";
      t.memory = [](const void* v) {
        return MemoryUse{static_cast<const Text*>(v)->text.size(), 0};
      };
      return t;
    }();
    return type;
  }
};

namespace {

struct Say {
  static constexpr std::string_view kType = TEST_NODE;
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string text = "a text that is too long to be kept inside the string object";
  };
  struct Outputs {
    Text text;
  };
  static void describe(calotype::Describe<Say>& d) {
    d.summary("Says a text.");
    d.param("text", &Params::text, "What to say.");
    d.output("text", &Outputs::text, "The text.");
  }
  static Outputs run(const Inputs&, const Params& p, calotype::RunContext&) { return {{p.text}}; }
};

void register_nodes(calotype::Registrar& registrar) { registrar.add<Say>(); }

}  // namespace

CALOTYPE_PLUGIN(TEST_ID, "1.2.3", register_nodes)
