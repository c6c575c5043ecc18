#pragma once
/// Torch-free nodes for tests of the engine: numbers instead of tensors.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "calotype/describe.h"
#include "calotype/registry.h"

namespace calotype::test {

/// What travels between the fake nodes.
struct Number {
  double value = 0;
};

/// A second type, so that links can be wrong.
struct Word {
  std::string text;
};

}  // namespace calotype::test

namespace calotype {

template <>
struct PortTraits<test::Number> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = "Number";
      t.doc = "A number.";
      t.memory = [](const void*) { return MemoryUse{sizeof(test::Number), 0}; };
      t.save = [](const std::shared_ptr<const void>& v) {
        TensorArchive archive;
        ArchiveTensor tensor;
        tensor.name = "number";
        tensor.dtype = DType::f64;
        tensor.bytes = {static_cast<const std::byte*>(v.get()), sizeof(double)};
        tensor.owner = v;
        archive.tensors.push_back(std::move(tensor));
        return archive;
      };
      t.load = [](const TensorArchive& archive) -> std::shared_ptr<const void> {
        test::Number n;
        std::memcpy(&n.value, archive.tensors.at(0).bytes.data(), sizeof(double));
        return std::make_shared<const test::Number>(n);
      };
      return t;
    }();
    return type;
  }
};

/// No save hook: stays in memory, like a model handle.
template <>
struct PortTraits<test::Word> {
  static const PortType& type() {
    static const PortType type = [] {
      PortType t;
      t.name = "Word";
      t.doc = "A word that is never written to disk.";
      t.memory = [](const void* v) {
        return MemoryUse{static_cast<const test::Word*>(v)->text.size(), 0};
      };
      return t;
    }();
    return type;
  }
};

}  // namespace calotype

namespace calotype::test {

struct Nothing {};

/// How often each kind of node ran in this process.
inline std::atomic<int> constant_runs{0}, add_runs{0}, spell_runs{0};

struct Constant {
  static constexpr std::string_view kType = "Constant";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    double value = 1;
    std::uint64_t seed = 0;
    std::int64_t steps = 20;
    std::string mode = "plain";
  };
  struct Outputs {
    Number number;
  };
  static void describe(Describe<Constant>& d) {
    d.summary("A number.");
    d.param("value", &Params::value, "The number.").range(-1e6, 1e6);
    d.param("seed", &Params::seed, "Does nothing.").seed();
    d.param("steps", &Params::steps, "Does nothing.").range(1, 1000).was("count");
    d.param("mode", &Params::mode, "Does nothing.").choices({"plain", "fancy"});
    d.output("number", &Outputs::number, "The number.");
  }
  static Outputs run(const Inputs&, const Params& p, RunContext&) {
    ++constant_runs;
    return {{p.value}};
  }
};

struct Add {
  static constexpr std::string_view kType = "Add";
  static constexpr int kVersion = 1;
  struct Inputs {
    Number a;
    std::optional<Number> b;
    std::vector<Number> more;
  };
  struct Params {
    double offset = 0;
  };
  struct Outputs {
    Number sum;
  };
  static void describe(Describe<Add>& d) {
    d.summary("Sum of its inputs.");
    d.input("a", &Inputs::a, "First number.");
    d.input("b", &Inputs::b, "Second number.");
    d.input("more", &Inputs::more, "More numbers.");
    d.param("offset", &Params::offset, "Added to the sum.");
    d.output("sum", &Outputs::sum, "a + b + all of more + offset.");
  }
  static Outputs run(const Inputs& in, const Params& p, RunContext&) {
    ++add_runs;
    double sum = in.a.value + (in.b ? in.b->value : 0) + p.offset;
    for (const Number& n : in.more) sum += n.value;
    return {{sum}};
  }
};

/// Number -> Word (a type without save hook).
struct Spell {
  static constexpr std::string_view kType = "Spell";
  static constexpr int kVersion = 1;
  struct Inputs {
    Number number;
  };
  struct Params {};
  struct Outputs {
    Word word;
  };
  static void describe(Describe<Spell>& d) {
    d.summary("A number as text.");
    d.input("number", &Inputs::number, "The number.");
    d.output("word", &Outputs::word, "Its digits.");
  }
  static Outputs run(const Inputs& in, const Params&, RunContext&) {
    ++spell_runs;
    return {{std::to_string(in.number.value)}};
  }
};

/// Word -> Number.
struct Count {
  static constexpr std::string_view kType = "Count";
  static constexpr int kVersion = 1;
  struct Inputs {
    Word word;
  };
  struct Params {};
  struct Outputs {
    Number letters;
  };
  static void describe(Describe<Count>& d) {
    d.summary("Length of a word.");
    d.input("word", &Inputs::word, "The word.");
    d.output("letters", &Outputs::letters, "How many letters.");
  }
  static Outputs run(const Inputs& in, const Params&, RunContext&) {
    return {{static_cast<double>(in.word.text.size())}};
  }
};

/// Takes time in small steps, so that it can be cancelled.
struct Sleep {
  static constexpr std::string_view kType = "Sleep";
  static constexpr int kVersion = 1;
  struct Inputs {
    std::optional<Number> number;
  };
  struct Params {
    std::int64_t steps = 10;
    double milliseconds = 1;
  };
  struct Outputs {
    Number number;
  };
  static void describe(Describe<Sleep>& d) {
    d.summary("Waits.");
    d.input("number", &Inputs::number, "Handed on.");
    d.param("steps", &Params::steps, "How many waits.");
    d.param("milliseconds", &Params::milliseconds, "Length of one wait.").unit("ms");
    d.output("number", &Outputs::number, "The input, or 0.");
  }
  static Outputs run(const Inputs& in, const Params& p, RunContext& context) {
    for (std::int64_t i = 0; i < p.steps; ++i) {
      context.check_cancelled();
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(p.milliseconds));
      context.progress(i + 1, p.steps);
    }
    return {in.number.value_or(Number{})};
  }
};

struct Fail {
  static constexpr std::string_view kType = "Fail";
  static constexpr int kVersion = 1;
  struct Inputs {
    std::optional<Number> number;
  };
  struct Params {
    std::string text = "it broke";
  };
  struct Outputs {
    Number number;
  };
  static void describe(Describe<Fail>& d) {
    d.summary("Throws.");
    d.input("number", &Inputs::number, "Ignored.");
    d.param("text", &Params::text, "Text of the exception.");
    d.output("number", &Outputs::number, "Never made.");
  }
  static Outputs run(const Inputs&, const Params& p, RunContext&) {
    throw std::runtime_error(p.text);
  }
};

/// Reads a file, so that its content must take part in the key.
struct ReadFile {
  static constexpr std::string_view kType = "ReadFile";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string path;
  };
  struct Outputs {
    Number size;
  };
  static void describe(Describe<ReadFile>& d) {
    d.summary("Size of a file.");
    d.param("path", &Params::path, "The file.").required().file();
    d.output("size", &Outputs::size, "Its size in bytes.");
  }
  static Outputs run(const Inputs&, const Params& p, RunContext&) {
    return {{static_cast<double>(std::filesystem::file_size(p.path))}};
  }
};

/// Writes nothing, but says that it has an effect.
struct Effect {
  static constexpr std::string_view kType = "Effect";
  static constexpr int kVersion = 1;
  static inline std::atomic<int> runs{0};
  struct Inputs {
    Number number;
  };
  struct Params {};
  struct Outputs {};
  static void describe(Describe<Effect>& d) {
    d.summary("Has an effect.");
    d.input("number", &Inputs::number, "Any number.");
    d.impure();
  }
  static Outputs run(const Inputs&, const Params&, RunContext&) {
    ++runs;
    return {};
  }
};

/// Has a memory rule: bytes = width x height x 1000.
struct Canvas {
  static constexpr std::string_view kType = "Canvas";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::int64_t width = 512;
    std::int64_t height = 512;
  };
  struct Outputs {
    Number area;
  };
  static void describe(Describe<Canvas>& d) {
    d.summary("An area.");
    d.param("width", &Params::width, "Width.").range(8, 1 << 20).multiple_of(8).unit("px");
    d.param("height", &Params::height, "Height.").range(8, 1 << 20).multiple_of(8).unit("px");
    d.output("area", &Outputs::area, "Width times height.");
    d.memory({"width", "height"}, 1000);
  }
  static Outputs run(const Inputs&, const Params& p, RunContext&) {
    return {{static_cast<double>(p.width * p.height)}};
  }
};

inline void register_fake_nodes(Registrar& r) {
  r.add<Constant>();
  r.add<Add>();
  r.add<Spell>();
  r.add<Count>();
  r.add<Sleep>();
  r.add<Fail>();
  r.add<ReadFile>();
  r.add<Effect>();
  r.add<Canvas>();
}

/// A registry that knows the fake nodes.
inline std::shared_ptr<Registry> fake_registry() {
  auto registry = std::make_shared<Registry>();
  registry->add_linked({"test.fakes", "1.0.0", "", true}, register_fake_nodes);
  return registry;
}

}  // namespace calotype::test
