// Does something bad when it is opened (TEST_AT_OPENING), when it registers its nodes
// (TEST_AT_REGISTRATION), or when its node runs.
#include <calotype/plugin_entry.h>

#include <cstring>
#include <string>

#include "acts.h"

namespace {

struct Count {
  double value = 0;
};

}  // namespace

template <>
struct calotype::PortTraits<Count> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = TEST_ID ".Count";
      t.doc = "A number.";
      t.save = [](const std::shared_ptr<const void>& v) {
        ArchiveTensor tensor{"count", DType::f64, {1}, {}, v};
        tensor.bytes = {static_cast<const std::byte*>(v.get()), sizeof(double)};
        return TensorArchive{{}, {tensor}};
      };
      t.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
        Count count;
        std::memcpy(&count.value, archive.tensors.at(0).bytes.data(), sizeof(double));
        return std::make_shared<const Count>(count);
      };
      return t;
    }();
    return type;
  }
};

namespace {

struct AtOpening {
  AtOpening() { act(TEST_AT_OPENING); }
} const at_opening;

struct Act {
  static constexpr std::string_view kType = TEST_ID ".Act";
  static constexpr int kVersion = 1;
  struct Inputs {
    std::optional<Count> count;
  };
  struct Params {
    std::string what = "nothing";
  };
  struct Outputs {
    Count count;
  };
  static void describe(calotype::Describe<Act>& d) {
    d.summary("Does something bad.");
    d.input("count", &Inputs::count, "How many nodes ran before.");
    d.param("what", &Params::what, "What to do.");
    d.output("count", &Outputs::count, "How many nodes ran.");
  }
  static Outputs run(const Inputs& in, const Params& p, calotype::RunContext& context) {
    if (p.what == "steps") {
      for (int step = 0; step <= 3; ++step) context.progress(step, 3);
      context.warn("took all steps");
    }
    if (p.what.starts_with("say ")) context.warn("said " + p.what.substr(4));
    if (p.what == "wait") {
      for (;;) {
        context.check_cancelled();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    act(p.what);
    return {{in.count.value_or(Count{}).value + 1}};
  }
};

void register_nodes(calotype::Registrar& registrar) {
  registrar.add<Act>();
  act(TEST_AT_REGISTRATION);
}

}  // namespace

CALOTYPE_PLUGIN(TEST_ID, "1", register_nodes)
