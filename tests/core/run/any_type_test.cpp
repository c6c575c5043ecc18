/// Ports that take every type, and outputs whose type a parameter decides.
#include <gtest/gtest.h>

#include "support/graph_text.h"
#include "support/run_helpers.h"

namespace calotype::test {
namespace {

/// Gives back a value as whatever `type` says.
struct Cast {
  static constexpr std::string_view kType = "Cast";
  static constexpr int kVersion = 1;
  struct Inputs {
    Value value;
  };
  struct Params {
    std::string type = "Number";
  };
  struct Outputs {
    Value value;
  };
  static void describe(Describe<Cast>& d) {
    d.summary("Gives a value a type.");
    d.input("value", &Inputs::value, "Any value.");
    d.param("type", &Params::type, "Port type.");
    d.output("value", &Outputs::value, "type", "The value.");
  }
  static Outputs run(const Inputs& in, const Params& p, RunContext& context) {
    const PortType& type = context.port_type(p.type);
    if (type.name == in.value.type()->name) return {in.value};
    if (p.type == "Number") return {Value::of(Number{1})};
    return {Value::of(Word{"one"})};
  }
};

class AnyTypeTest : public ::testing::Test {
 protected:
  AnyTypeTest() {
    registry_->add_linked({"test.cast", "1", "", true}, [](Registrar& r) { r.add<Cast>(); });
  }
  static Graph cast_and_count(const std::string& type) {
    return graph_from(
        "'one':{'type':'Constant','params':{'value':1}},"
        "'cast':{'type':'Cast','in':{'value':'one.number'},'params':{'type':'" +
            type + "'}},'count':{'type':'Count','in':{'word':'cast.value'}}",
        "'n':'count.letters'");
  }
  std::string problem(const Graph& graph) {
    try {
      (void)validate(graph, *registry_);
    } catch (const Error& e) {
      const Diagnostic& d = e.diagnostics().front();
      return d.port + "|" + d.what + "|" + d.expected + "|" + d.got + "|" + d.hint;
    }
    return "accepted";
  }

  std::shared_ptr<Registry> registry_ = fake_registry();
  Engine engine_{registry_, {.workers = 2}};
};

TEST_F(AnyTypeTest, ParameterDecidesWhatAnOutputMayBeLinkedTo) {
  EXPECT_EQ(problem(cast_and_count("Word")), "accepted");
  EXPECT_EQ(problem(cast_and_count("Number")),
            "input \"word\"||Word|Number from \"cast.value\"|put a Spell in between");
}

TEST_F(AnyTypeTest, UnknownTypeGetsASuggestion) {
  EXPECT_EQ(problem(cast_and_count("Words")),
            "param \"type\"|no plugin has port type \"Words\"|||did you mean \"Word\"?");
}

TEST_F(AnyTypeTest, MissingLinkNamesNoType) {
  EXPECT_EQ(problem(graph_from("'cast':{'type':'Cast'}", "'v':'cast.value'")),
            "input \"value\"|it is missing|a link to any output||");
}

TEST_F(AnyTypeTest, ValueOfTheDecidedTypeIsHandedOn) {
  const RunResult result =
      engine_.run(engine_.prepare(validate(cast_and_count("Word"), *registry_)));
  EXPECT_EQ(number(result, "n"), 3);
}

TEST_F(AnyTypeTest, OutputsAndReportsNameTheDecidedType) {
  Graph graph = cast_and_count("Word");
  graph.outputs.push_back({"word", {"cast", "value"}, {}});
  const RunResult result = engine_.run(engine_.prepare(validate(graph, *registry_)));
  EXPECT_EQ(result.outputs.at("word").port_type(), "Word");
}

TEST_F(AnyTypeTest, NodeThatReturnsAnotherTypeFails) {
  struct Liar : NodeType {
    NodeSchema schema_;
    Liar() {
      schema_.type = "Liar";
      ParamSchema param;
      param.name = "type";
      param.default_value = std::string("Word");
      schema_.params.push_back(param);
      schema_.outputs.push_back({"value", "Any", "", false, false, {}, "type"});
    }
    const NodeSchema& schema() const override { return schema_; }
    std::span<const PortType* const> port_types() const override { return {}; }
    std::vector<Value> run(const NodeCall&) const override { return {Value::of(Number{1})}; }
  };
  registry_->add_linked({"test.liar", "1", "", true},
                        [](Registrar& r) { r.add_node(std::make_shared<const Liar>()); });
  const Graph graph = graph_from("'liar':{'type':'Liar'}", "'v':'liar.value'");
  EXPECT_THROW(engine_.run(engine_.prepare(validate(graph, *registry_))), Error);
}

}  // namespace
}  // namespace calotype::test
