#include "calotype/schema_docs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "calotype/given_values.h"
#include "support/fake_nodes.h"
#include "support/graph_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

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

TEST(GraphHelp, ListsInputsWithDefaultsAndOutputsWithTypes) {
  const Graph graph = parse_graph(R"({"calotype":1,"about":"Adds two numbers.",
    "inputs":{"offset":{"type":"number","default":2.5,"doc":"What is added."},
              "name":{"type":"string","default":"a \"b\""},"steps":{"type":"int"},
              "first":{"type":"Number","doc":"A link."}},
    "nodes":{"add":{"type":"Add","in":{"a":{"$input":"first"}},
                    "params":{"offset":{"$input":"offset"}}}},
    "outputs":{"sum":"add.sum","lost":"nowhere.sum"}})",
                                  "");
  EXPECT_EQ(graph_help(graph, *test::fake_registry()), R"(1 node
  Adds two numbers.

inputs:
  offset: number, 2.5
      What is added.
  name: string, "a \"b\""
  steps: int, required
  first: Number, required
      A link.

outputs:
  sum: Number, from add.sum
  lost: from nowhere.sum
)");
}

TEST(GraphHelp, LooksIntoSubgraphs) {
  const test::TempDir dir;
  dir.write("part.json", R"({"calotype":1,"inputs":{"number":{"type":"Number"}},
    "nodes":{"add":{"type":"Add","in":{"a":{"$input":"number"}}}},"outputs":{"sum":"add.sum"}})");
  const auto file = dir.write("g.json", R"({"calotype":1,"nodes":{
    "one":{"type":"Constant"},"part":{"type":"Graph","file":"part.json","in":{"number":"one.number"}},
    "gone":{"type":"Graph","file":"gone.json"}},"outputs":{"x":"part.sum","y":"gone.sum"}})");
  EXPECT_EQ(graph_help(read_graph(file), *test::fake_registry()), R"(3 nodes

outputs:
  x: Number, from part.sum
  y: from gone.sum
)");
}

TEST(PythonStubs, GiveEachNodeKeywordArgumentsWithTypesAndDefaults) {
  const std::string stubs = python_stubs(*test::fake_registry());
  EXPECT_THAT(stubs, HasSubstr(R"(
class Constant(Node):
    """A number.

    Args:
        value: The number. (-1000000 to 1000000)
        seed: Does nothing. (or \"random\")
        steps: Does nothing. (1 to 1000)
        mode: Does nothing. (one of \"plain\", \"fancy\")
    """

    def __init__(
        self,
        *,
        value: float | Input[float] = 1,
        seed: int | Literal["random"] | Input[int] = 0,
        steps: int | Input[int] = 20,
        mode: Literal["plain", "fancy"] | Input[str] = "plain",
        id: str | None = None,
        note: str = "",
    ) -> None: ...
    @property
    def number(self) -> Link[Number]:
        """The number."""
)"));
  EXPECT_THAT(stubs, HasSubstr(R"(
        a: Link[Number] | Input[Number],
        b: Link[Number] | Input[Number] | None = None,
        more: Sequence[Link[Number] | Input[Number]] = (),
        offset: float | Input[float] = 0,
)"));
  EXPECT_THAT(stubs, HasSubstr("        path: str | PathLike[str] | Input[str],\n"));
}

TEST(PythonStubs, MakeAClassOfEachPortType) {
  const std::string stubs = python_stubs(*test::fake_registry());
  EXPECT_THAT(stubs, HasSubstr("\nclass Number:\n    \"\"\"The port type Number.\"\"\"\n"));
  EXPECT_THAT(stubs, HasSubstr("\nclass Word:\n"));
}

std::string stubs_of(NodeSchema schema) {
  Registry registry;
  registry.commit_lazy({"p", "1", "/p.so", false}, {std::move(schema)}, [] {});
  return python_stubs(registry);
}

TEST(PythonStubs, StayValidPythonWhateverNamesSay) {
  NodeSchema s;
  s.type = "vendor.Node";
  s.summary = "Ends with \"quotes\" and a \\";
  s.inputs = {{"in", "vendor.Type", "", false, false, {}}};
  const std::string stubs = stubs_of(s);
  EXPECT_THAT(stubs, HasSubstr("\nclass vendor_Node(Node):\n"));
  EXPECT_THAT(stubs, HasSubstr("        in_: Link[vendor_Type] | Input[vendor_Type],\n"));
  EXPECT_THAT(stubs, HasSubstr(R"("""Ends with \"quotes\" and a \\)"));
}

TEST(PythonStubs, GiveNamesThatAreTakenAnUnderscore) {
  NodeSchema s;
  s.type = "Image";
  s.inputs = {{"id", "Image", "", false, false, {}}, {"id_", "Link", "", false, false, {}}};
  s.outputs = {{"type", "Image", "", false, false, {}}};
  const std::string stubs = stubs_of(s);
  EXPECT_THAT(stubs, HasSubstr("\nclass Image(Node):\n"));
  EXPECT_THAT(stubs, HasSubstr("\nclass Image_:\n"));
  EXPECT_THAT(stubs, HasSubstr("\nclass Link_:\n"));
  EXPECT_THAT(stubs, HasSubstr("        id_: Link[Image_] | Input[Image_],\n"
                               "        id__: Link[Link_] | Input[Link_],\n"
                               "        id: str | None = None,\n"));
  EXPECT_THAT(stubs, HasSubstr("    def type_(self) -> Link[Image_]:\n"));
}

TEST(PythonStubs, LetPortsOfAnyTypeTakeEveryLink) {
  NodeSchema s;
  s.type = "Show";
  s.inputs = {{"value", std::string(kAnyType), "", false, false, {}}};
  s.outputs = {{"value", std::string(kAnyType), "", false, false, {}}};
  const std::string stubs = stubs_of(s);
  EXPECT_THAT(stubs, HasSubstr("        value: Link[Any] | Input[Any],\n"));
  EXPECT_THAT(stubs, HasSubstr("    def value(self) -> Link[Any]:\n"));
  EXPECT_THAT(stubs, Not(HasSubstr("class Any")));
}

TEST(PythonStubs, LeaveOutTheNodeThatHandsOutGivenValues) {
  Registry registry;
  const GivenValues given(registry);
  ASSERT_EQ(registry.schemas().size(), 1u);
  EXPECT_THAT(python_stubs(registry), Not(HasSubstr("class ")));
}

}  // namespace
}  // namespace calotype
