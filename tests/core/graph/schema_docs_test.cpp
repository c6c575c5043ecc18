#include "calotype/schema_docs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_nodes.h"

namespace calotype {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const NodeSchema& schema(std::string_view type) {
  static const auto registry = test::fake_registry();
  return *registry->schema(type);
}

json graph_schema() { return json::parse(graph_json_schema(*test::fake_registry())); }

TEST(GraphJsonSchema, DescribesEveryParamWithItsLimits) {
  const json node = graph_schema()["$defs"]["node.Constant"];
  EXPECT_EQ(node["description"], "A number.");
  const json& params = node["properties"]["params"]["properties"];
  EXPECT_EQ(params["steps"], json::parse(R"({"description":"Does nothing.","default":20,
      "anyOf":[{"type":"integer","minimum":1,"maximum":1000},{"$ref":"#/$defs/input"}]})"));
  EXPECT_EQ(params["mode"]["anyOf"][0]["enum"], json::parse(R"(["plain","fancy"])"));
  EXPECT_EQ(params["seed"]["anyOf"][2], json::parse(R"({"const":"random"})"));
  EXPECT_EQ(params["count"], json::parse(R"({"deprecated":true})"));
  EXPECT_EQ(node["properties"]["params"]["additionalProperties"], false);
}

TEST(GraphJsonSchema, DemandsRequiredInputsAndParams) {
  const json defs = graph_schema()["$defs"];
  EXPECT_EQ(defs["node.Add"]["required"], json::parse(R"(["type","in"])"));
  EXPECT_EQ(defs["node.Add"]["properties"]["in"]["required"], json::parse(R"(["a"])"));
  EXPECT_EQ(defs["node.Add"]["properties"]["in"]["properties"]["more"]["$ref"], "#/$defs/links");
  EXPECT_EQ(defs["node.ReadFile"]["required"], json::parse(R"(["type","params"])"));
  EXPECT_EQ(defs["node.Constant"]["required"], json::parse(R"(["type"])"));
}

TEST(GraphJsonSchema, ListsEveryNodeTypeAndSubgraphs) {
  const json s = graph_schema();
  EXPECT_EQ(s["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(s["required"], json::parse(R"(["calotype","nodes"])"));
  EXPECT_EQ(s["$defs"]["node"]["properties"]["type"]["enum"].size(), 10u);
  EXPECT_EQ(s["$defs"]["node"]["allOf"].size(), 10u);
  EXPECT_EQ(s["$defs"]["node"]["allOf"][1]["if"]["required"], json::parse(R"(["type"])"));
  EXPECT_EQ(s["$defs"]["node.Graph"]["required"], json::parse(R"(["type","file"])"));
}

TEST(NodeMarkdown, HasATableForEachKindOfPort) {
  EXPECT_EQ(node_markdown(schema("Add")), R"(# Add

Sum of its inputs.

Plugin `test.fakes`, version 1 of the node.

## Inputs

| name | type | | |
|---|---|---|---|
| `a` | Number |  | First number. |
| `b` | Number | optional | Second number. |
| `more` | Number | any number | More numbers. |

## Parameters

| name | kind | default | allowed | |
|---|---|---|---|---|
| `offset` | number | `0` |  | Added to the sum. |

## Outputs

| name | type | | |
|---|---|---|---|
| `sum` | Number |  | a + b + all of more + offset. |
)");
}

TEST(NodeMarkdown, KeepsTablesWholeWhateverTheDocSays) {
  NodeSchema s = schema("Spell");
  s.inputs[0].doc = "a | b\nc";
  EXPECT_THAT(node_markdown(s), HasSubstr("| `number` | Number |  | a \\| b c |\n"));
}

TEST(NodeHelp, SaysKindDefaultAndLimitsOfEachParam) {
  EXPECT_EQ(node_help(schema("Constant")), R"(Constant
  A number.

params:
  value: number, 1
      -1000000 to 1000000
      The number.
  seed: integer, 0
      or "random"
      Does nothing.
  steps: integer, 20
      1 to 1000
      Does nothing.
  mode: string, "plain"
      one of "plain", "fancy"
      Does nothing.

outputs:
  number: Number
      The number.
)");
}

TEST(NodeHelp, WrapsLongTextsAtWords) {
  NodeSchema s = schema("Spell");
  s.summary.clear();
  for (int i = 0; i < 40; ++i) s.summary += "word ";
  const std::string help = node_help(s);
  for (std::size_t start = 0; start < help.size();) {
    const std::size_t end = help.find('\n', start);
    EXPECT_LE(end - start, 80u);
    start = end + 1;
  }
}

TEST(PythonStubs, GiveEachNodeKeywordArgumentsWithTypesAndDefaults) {
  const std::string stubs = python_stubs(*test::fake_registry());
  EXPECT_THAT(stubs, HasSubstr(R"(def Constant(
    *,
    value: float | Input = 1,
    seed: int | Literal["random"] | Input = 0,
    steps: int | Input = 20,
    mode: Literal["plain", "fancy"] | Input = "plain",
) -> ConstantOutputs:
    """A number.

    Args:
        value: The number. (-1000000 to 1000000)
)"));
  EXPECT_THAT(stubs, HasSubstr(R"(def Add(
    *,
    a: Link[Number],
    b: Link[Number] | None = None,
    more: Sequence[Link[Number]] = (),
    offset: float | Input = 0,
) -> AddOutputs:
)"));
  EXPECT_THAT(stubs, HasSubstr("    path: str | PathLike[str] | Input,\n"));
  EXPECT_THAT(stubs, HasSubstr("class EffectOutputs(Node):\n    ...\n"));
}

TEST(PythonStubs, StayValidPythonWhateverNamesSay) {
  Registry registry;
  registry.commit_lazy(
      {"p", "1", "/p.so", false},
      [] {
        NodeSchema s;
        s.type = "vendor.Node";
        s.summary = "Ends with \"quotes\" and a \\";
        s.inputs = {{"in", "vendor.Type", "", false, false, {}}};
        return std::vector<NodeSchema>{s};
      }(),
      [] {});
  const std::string stubs = python_stubs(registry);
  EXPECT_THAT(stubs, HasSubstr("def vendor_Node(\n    *,\n    in_: Link[vendor_Type],\n)"));
  EXPECT_THAT(stubs, HasSubstr(R"("""Ends with \"quotes\" and a \\)"));
}

}  // namespace
}  // namespace calotype
