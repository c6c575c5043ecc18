// A plugin whose nodes misbehave in ways that only a run shows; lint_test.cpp lists what is found.
#include <calotype/plugin_entry.h>

#include <cstdint>
#include <span>
#include <stdexcept>

namespace {

using calotype::Describe;
using calotype::RunContext;
using calotype::TensorArchive;

struct Numbers {
  std::shared_ptr<std::vector<float>> data;
};

/// Loads as something else, counts no memory and shows a wrong preview.
struct Crooked {
  Numbers numbers;
};

/// Only kept in memory, and uncounted.
struct Bare {};

TensorArchive save_numbers(const Numbers& value) {
  calotype::ArchiveTensor t;
  t.name = "numbers";
  t.shape = {static_cast<std::int64_t>(value.data->size())};
  t.bytes = std::as_bytes(std::span(*value.data));
  t.owner = value.data;
  return {{}, {t}};
}

Numbers load_numbers(const TensorArchive& archive) {
  const auto* begin = reinterpret_cast<const float*>(archive.tensors.at(0).bytes.data());
  return {std::make_shared<std::vector<float>>(begin, begin + archive.tensors[0].shape.at(0))};
}

}  // namespace

template <>
struct calotype::PortTraits<Numbers> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = "lint.Numbers";
      t.doc = "Some numbers.";
      t.memory = [](const void* v) {
        return MemoryUse{static_cast<const Numbers*>(v)->data->size() * sizeof(float), 0};
      };
      t.save = [](const std::shared_ptr<const void>& v) {
        return save_numbers(*static_cast<const Numbers*>(v.get()));
      };
      t.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
        return std::make_shared<const Numbers>(load_numbers(archive));
      };
      return t;
    }();
    return type;
  }
};

template <>
struct calotype::PortTraits<Crooked> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = "lint.Crooked";
      t.version = 0;
      t.doc = "Numbers that do not come back.";
      t.save = [](const std::shared_ptr<const void>& v) {
        return save_numbers(static_cast<const Crooked*>(v.get())->numbers);
      };
      t.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
        Crooked value{load_numbers(archive)};
        (*value.numbers.data)[2] += 1;
        return std::make_shared<const Crooked>(value);
      };
      t.preview = [](const void*) { return Preview{2, 2, {1, 2, 3}}; };
      return t;
    }();
    return type;
  }
};

template <>
struct calotype::PortTraits<Bare> {
  static const PortType& type() {
    static const PortType type{.name = "lint.bare", .doc = "Bare"};
    return type;
  }
};

namespace {

/// What the nodes below have in common.
struct GivesNumbers {
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::int64_t size = 4;
  };
  struct Outputs {
    Numbers numbers;
  };
  template <class Node>
  static void describe_as(Describe<Node>& d, const char* summary) {
    d.summary(summary);
    d.param("size", &Params::size, "How many.").range(1, 1 << 20);
    d.output("numbers", &Outputs::numbers, "That many numbers.");
  }
  static Outputs numbers(const Params& params, float value) {
    return {{std::make_shared<std::vector<float>>(params.size, value)}};
  }
};

struct Steady : GivesNumbers {
  static constexpr std::string_view kType = "lint.Steady";
  static void describe(Describe<Steady>& d) { describe_as(d, "Gives the same each time."); }
  static Outputs run(const Inputs&, const Params& params, RunContext&) {
    return numbers(params, 1);
  }
};

struct Counts : GivesNumbers {
  static constexpr std::string_view kType = "lint.Counts";
  static void describe(Describe<Counts>& d) { describe_as(d, "Gives another number each time."); }
  static Outputs run(const Inputs&, const Params& params, RunContext&) {
    static float calls = 0;
    Outputs out = numbers(params, 1);
    out.numbers.data->at(3) = ++calls;
    return out;
  }
};

struct Reuses : GivesNumbers {
  static constexpr std::string_view kType = "lint.Reuses";
  static void describe(Describe<Reuses>& d) { describe_as(d, "Gives the same memory each time."); }
  static Outputs run(const Inputs&, const Params& params, RunContext&) {
    static const Outputs kept = numbers(params, 0);
    kept.numbers.data->at(0) += 1;
    return kept;
  }
};

struct FailsLater : GivesNumbers {
  static constexpr std::string_view kType = "lint.FailsLater";
  static void describe(Describe<FailsLater>& d) { describe_as(d, "Works once."); }
  static Outputs run(const Inputs&, const Params& params, RunContext&) {
    static bool used = false;
    if (used) throw std::runtime_error("used up");
    used = true;
    return numbers(params, 1);
  }
};

struct Refuses : GivesNumbers {
  static constexpr std::string_view kType = "lint.Refuses";
  static void describe(Describe<Refuses>& d) { describe_as(d, "Never works."); }
  static Outputs run(const Inputs&, const Params&, RunContext&) {
    throw calotype::Error(calotype::ErrorCode::run, "not today", "come back tomorrow");
  }
};

struct Boasts : GivesNumbers {
  static constexpr std::string_view kType = "lint.Boasts";
  static void describe(Describe<Boasts>& d) { describe_as(d, "Reports more than all."); }
  static Outputs run(const Inputs&, const Params& params, RunContext& context) {
    context.progress(5, 4);
    return numbers(params, 1);
  }
};

/// Its input comes from the other nodes: values of a plugin's own type cannot be made up.
struct Overwrites {
  static constexpr std::string_view kType = "lint.Overwrites";
  static constexpr int kVersion = 1;
  struct Inputs {
    Numbers numbers;
  };
  struct Params {};
  struct Outputs {
    Crooked crooked;
  };
  static void describe(Describe<Overwrites>& d) {
    d.summary("Writes to what it is given.");
    d.input("numbers", &Inputs::numbers, "What is overwritten.");
    d.output("crooked", &Outputs::crooked, "Many numbers.");
  }
  static Outputs run(const Inputs& in, const Params&, RunContext&) {
    in.numbers.data->at(1) += 1;
    return {{{std::make_shared<std::vector<float>>(1000, 0.5F)}}};
  }
};

struct Needs {
  static constexpr std::string_view kType = "lint.Needs";
  static constexpr int kVersion = 1;
  struct Inputs {
    Bare bare;
  };
  struct Params {};
  struct Outputs {
    Numbers numbers;
  };
  static void describe(Describe<Needs>& d) {
    d.summary("Needs what nobody makes.");
    d.input("bare", &Inputs::bare, "What nobody makes.");
    d.output("numbers", &Outputs::numbers, "Some numbers.");
  }
  static Outputs run(const Inputs&, const Params&, RunContext&) { return {}; }
};

void register_nodes(calotype::Registrar& r) {
  r.add<Steady>();
  r.add<Counts>();
  r.add<Reuses>();
  r.add<FailsLater>();
  r.add<Refuses>();
  r.add<Boasts>();
  r.add<Overwrites>();
  r.add<Needs>();
}

}  // namespace

CALOTYPE_PLUGIN("lint.unsteady", "1.0.0", register_nodes)
