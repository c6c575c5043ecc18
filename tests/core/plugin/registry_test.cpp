#include "calotype/registry.h"

#include <gtest/gtest.h>

#include "support/fake_nodes.h"

namespace calotype {
namespace {

using test::fake_registry;

TEST(Registry, KnowsSchemaOfEveryRegisteredNode) {
  const auto registry = fake_registry();
  const NodeSchema* schema = registry->schema("Add");
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(schema->plugin, "test.fakes");
  EXPECT_EQ(schema->input("a")->type, "Number");
  EXPECT_FALSE(schema->input("a")->optional);
  EXPECT_TRUE(schema->input("b")->optional);
  EXPECT_TRUE(schema->input("more")->repeated);
  EXPECT_EQ(registry->schema("Subtract"), nullptr);
}

TEST(Registry, RunsTypedNodeThroughErasedCall) {
  const auto registry = fake_registry();
  const auto node = registry->node("Add");
  const std::vector<std::vector<Value>> inputs = {
      {Value::of(test::Number{1})}, {}, {Value::of(test::Number{2}), Value::of(test::Number{3})}};
  const std::vector<ParamValue> params = {0.5};
  RunContext context;
  const auto out = node->run({inputs, params, context});
  EXPECT_EQ(out.at(0).as<test::Number>().value, 6.5);
}

TEST(Registry, RefusesNodeTypeOfAnotherPluginAndAddsNothing) {
  const auto registry = fake_registry();
  try {
    registry->add_linked({"other", "1", "", true}, [](Registrar& r) {
      r.add<test::Spell>();
      r.add<test::Add>();
    });
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::plugin);
    EXPECT_STREQ(
        e.what(),
        "node type \"Spell\" is registered by plugin \"test.fakes\" and again by plugin \"other\"\n"
        "  hint: remove one of the two plugins or rename the node type");
  }
  EXPECT_EQ(registry->plugins().size(), 1u);
}

TEST(Registry, OpensLazyPluginOnceWhenItsNodeMustRun) {
  Registry registry;
  const PluginInfo info{"test.fakes", "1.0.0", "/nowhere/fakes.so", false};
  int opened = 0;
  const auto fakes = fake_registry();
  std::vector<NodeSchema> schemas;
  for (const NodeSchema* schema : fakes->schemas()) schemas.push_back(*schema);
  registry.commit_lazy(info, schemas, [&] {
    ++opened;
    Registrar r(info);
    test::register_fake_nodes(r);
    registry.commit(r);
  });
  const NodeSchema* before = registry.schema("Add");
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(registry.port_type("Number"), nullptr);
  EXPECT_NE(registry.node("Add"), nullptr);
  EXPECT_NE(registry.node("Spell"), nullptr);
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(registry.schema("Add"), before);
  EXPECT_NE(registry.port_type("Number"), nullptr);
}

struct Forgetful {
  static constexpr std::string_view kType = "Forgetful";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    int a = 0;
    int b = 0;
  };
  struct Outputs {};
  static void describe(Describe<Forgetful>& d) { d.param("a", &Params::a, "First."); }
  static Outputs run(const Inputs&, const Params&, RunContext&) { return {}; }
};

TEST(Describe, FindsForgottenMember) {
  try {
    TypedNode<Forgetful> node;
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "node type \"Forgetful\": Params has 2 members, describe() names 1\n"
                 "  hint: describe every member exactly once");
  }
}

}  // namespace
}  // namespace calotype
