/// Looking for port types, and replacing node types that are linked in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calotype/registry.h"
#include "support/fake_nodes.h"

namespace calotype::test {
namespace {

NodeSchema reads_number(const std::string& type) {
  NodeSchema schema;
  schema.type = type;
  schema.inputs.push_back({"number", "Number", "", false, false, {}});
  return schema;
}

TEST(RegistryPorts, OpensAPluginThatHasTheType) {
  Registry registry;
  int opened = 0;
  const std::vector<NodeSchema> schemas = {reads_number("test.A")};
  registry.commit_lazy({"test.lazy", "1", "/lazy.so", false}, schemas, [&] {
    ++opened;
    throw Error(ErrorCode::plugin, "it is broken");
  });
  const auto fakes = fake_registry();
  EXPECT_EQ(registry.find_port_type("Word"), nullptr);
  EXPECT_EQ(opened, 0);
  EXPECT_THROW(registry.find_port_type("Number"), Error);
  EXPECT_EQ(opened, 1);
}

TEST(RegistryPorts, PassesOverAPluginThatCannotBeOpened) {
  const auto registry = fake_registry();
  registry->commit_lazy({"test.lazy", "1", "/lazy.so", false}, {reads_number("AAA.First")},
                        [] { throw Error(ErrorCode::plugin, "it is broken"); });
  ASSERT_NE(registry->find_port_type("Number"), nullptr);
  EXPECT_EQ(registry->find_port_type("Number")->name, "Number");
}

TEST(RegistryPorts, NamesAreSortedAndHoldNoWildcard) {
  const auto registry = fake_registry();
  NodeSchema any;
  any.type = "test.Any";
  any.inputs.push_back({"value", std::string(kAnyType), "", false, false, {}});
  registry->commit_lazy({"test.lazy", "1", "/lazy.so", false}, {any}, [] {});
  EXPECT_THAT(registry->port_type_names(), ::testing::ElementsAre("Number", "Word"));
}

struct Constant1 {
  static constexpr std::string_view kType = "test.Replaced";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {};
  struct Outputs {
    Number value;
  };
  static void describe(Describe<Constant1>& d) {
    d.summary("One.");
    d.output("value", &Outputs::value, "1.");
  }
  static Outputs run(const Inputs&, const Params&, RunContext&) { return {{1}}; }
};

TEST(RegistryPorts, LinkedPluginCanBeReplacedAndItsOldSchemaStaysValid) {
  Registry registry;
  const auto add = [&] {
    registry.add_linked({"test.linked", "1", "", true}, [](Registrar& r) { r.add<Constant1>(); });
  };
  add();
  const NodeSchema* before = registry.schema("test.Replaced");
  EXPECT_THROW(add(), Error);
  registry.remove_linked("test.linked");
  EXPECT_EQ(registry.schema("test.Replaced"), nullptr);
  EXPECT_TRUE(registry.plugins().empty());
  add();
  EXPECT_NE(registry.schema("test.Replaced"), nullptr);
  EXPECT_EQ(before->type, "test.Replaced");
}

}  // namespace
}  // namespace calotype::test
