#include "calotype/graph_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <memory>
#include <string>

#include "support/temp_dir.h"

namespace calotype {
namespace {

std::string problem_of(std::string text) {
  try {
    parse_graph(std::move(text), "g.json");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::graph);
    return e.what();
  }
  return "accepted";
}

constexpr const char* kGraph = R"({
  "calotype": 1,
  "about": "Text to image.",
  "inputs": {
    "prompt": { "type": "string", "default": "a \"lighthouse\"\n\u00e9", "doc": "What." },
    "latent": { "type": "Latent" }
  },
  "nodes": {
    "b": { "type": "B", "params": { "text": { "$input": "prompt" }, "n": 3, "x": 20.0 } },
    "a": { "type": "A", "in": { "one": "b.out", "many": ["b.out", { "$input": "latent" }] } },
    "sub": { "type": "Graph", "file": "sub.json", "note": "Why." }
  },
  "outputs": { "image": "a.image" }
})";

TEST(GraphJson, ReadsEveryPart) {
  const Graph g = parse_graph(kGraph, "g.json");
  EXPECT_EQ(g.about, "Text to image.");
  ASSERT_EQ(g.inputs.size(), 2u);
  EXPECT_EQ(g.inputs[0].default_value, ParamValue("a \"lighthouse\"\n\xc3\xa9"));
  EXPECT_EQ(g.inputs[0].doc, "What.");
  EXPECT_EQ(g.inputs[1].type, "Latent");
  ASSERT_EQ(g.nodes.size(), 3u);
  EXPECT_EQ(g.nodes[0].id, "b");
  EXPECT_EQ(std::get<InputRef>(g.nodes[0].params[0].value).name, "prompt");
  const GraphInputPort& many = g.nodes[1].in[1];
  EXPECT_TRUE(many.list);
  EXPECT_EQ(std::get<PortRef>(many.links[0].from).port, "out");
  EXPECT_EQ(std::get<InputRef>(many.links[1].from).name, "latent");
  EXPECT_EQ(g.nodes[2].file, "sub.json");
  EXPECT_EQ(g.nodes[2].note, "Why.");
  EXPECT_EQ(g.outputs[0].from.node, "a");
}

TEST(GraphJson, KeepsTheKindAndAllBitsOfNumbers) {
  const Graph g = parse_graph(
      R"({"calotype":1,"nodes":{"n":{"type":"N","params":{"a":20,"b":20.0,"c":18446744073709551615,
      "d":-9223372036854775808,"e":9223372036854775808,"f":0.1,"g":1e2}}}})",
      "");
  const auto value = [&](std::size_t i) {
    return std::get<ParamValue>(g.nodes[0].params[i].value);
  };
  EXPECT_EQ(value(0), ParamValue(std::int64_t{20}));
  EXPECT_EQ(value(1), ParamValue(20.0));
  EXPECT_EQ(value(2), ParamValue(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(value(3), ParamValue(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(value(4), ParamValue(std::uint64_t{1} << 63));
  EXPECT_EQ(value(5), ParamValue(0.1));
  EXPECT_EQ(value(6), ParamValue(100.0));
}

TEST(GraphJson, WritesCanonicalText) {
  EXPECT_EQ(format_graph(parse_graph(kGraph, "g.json")), R"({
  "calotype": 1,
  "about": "Text to image.",
  "inputs": {
    "prompt": { "type": "string", "default": "a \"lighthouse\"\né", "doc": "What." },
    "latent": { "type": "Latent" }
  },
  "nodes": {
    "b": { "type": "B", "params": { "text": { "$input": "prompt" }, "n": 3, "x": 20.0 } },
    "a": { "type": "A", "in": { "one": "b.out", "many": ["b.out", { "$input": "latent" }] } },
    "sub": { "type": "Graph", "file": "sub.json", "note": "Why." }
  },
  "outputs": {
    "image": "a.image"
  }
}
)");
}

TEST(GraphJson, BreaksNodesThatDoNotFitALine) {
  const std::string once = format_graph(parse_graph(
      R"({"calotype":1,"nodes":{"n":{"type":"TextEncode","in":{"encoder":"checkpoint.text_encoder"},
      "params":{"text":"the most beautiful panoramic landscape, oil painting"}}}})",
      ""));
  EXPECT_EQ(once, R"({
  "calotype": 1,
  "nodes": {
    "n": {
      "type": "TextEncode",
      "in": { "encoder": "checkpoint.text_encoder" },
      "params": { "text": "the most beautiful panoramic landscape, oil painting" }
    }
  }
}
)");
  EXPECT_EQ(format_graph(parse_graph(once, "")), once);
}

TEST(GraphJson, RefusesToWriteWhatJsonCannotExpress) {
  Graph g;
  g.nodes.emplace_back().id = "n";
  g.nodes[0].params.push_back({"x", ParamValue(std::numeric_limits<double>::infinity()), {}, {}});
  EXPECT_THROW(format_graph(g), Error);
  g.nodes[0].params[0].value = ParamValue("\xff");
  EXPECT_THROW(format_graph(g), Error);
}

TEST(GraphJson, RefusesTenThousandLevelsQuickly) {
  for (const char* level : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += level;
    EXPECT_THAT(problem_of(text).substr(0, 60),
                testing::HasSubstr("nested more than 64 levels deep"));
  }
}

TEST(GraphJson, AcceptsDepthUpToTheLimitAsJson) {
  std::string text(64, '[');
  text += std::string(64, ']');
  EXPECT_EQ(problem_of(text).substr(0, 56),
            "g.json:1:1: the graph: expected an object, got a list\n  ");
}

TEST(GraphJson, NamesBothPlacesOfADuplicateAmongManyKeys) {
  std::string text = "{\n\"calotype\": 1,\n\"nodes\": {\n";
  for (int i = 0; i < 20; ++i) text += fmt::format("\"n{}\": {{\"type\": \"A\"}},\n", i);
  text += "  \"n3\": {\"type\": \"A\"}\n}}";
  EXPECT_EQ(problem_of(text),
            "g.json:24:3: duplicate key \"n3\"\n    \"n3\": {\"type\": \"A\"}\n    ^\n"
            "  hint: it is given already in line 7, column 1");
}

TEST(GraphJson, CountsProblemsBeyondTheFirstFifty) {
  std::string text = "{\"calotype\": 1, \"nodes\": {}";
  for (int i = 0; i < 60; ++i) text += fmt::format(",\n\"k{}\": 0", i);
  const std::string problem = problem_of(text + "}");
  EXPECT_TRUE(problem.ends_with("and 10 more")) << problem;
}

TEST(GraphJson, SurvivesEveryTruncationAndEveryFlippedByte) {
  const std::string good = kGraph;
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_NE(problem_of(good.substr(0, i)), "accepted") << i;
    for (const int flip : {0x01, 0x20, 0x80}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      EXPECT_FALSE(problem_of(bad).empty());
    }
  }
}

TEST(GraphJson, KeepsMessagesShortForOneHugeLine) {
  const std::string text =
      "{\"calotype\":1,\"nodes\":{},\"about\":\"" + std::string(1 << 20, 'x') + "\",\"z\":0}";
  EXPECT_LT(problem_of(text).size(), 1000u);
}

TEST(GraphJson, TakesNamesOf256Bytes) {
  const std::string id(256, 'n');
  const Graph g =
      parse_graph(R"({"calotype":1,"nodes":{")" + id + R"(":{"type":"A"}},"outputs":{")" + id +
                      R"(":")" + id + "." + id + R"("}})",
                  "");
  EXPECT_EQ(g.outputs[0].from.node, id);
  EXPECT_EQ(parse_graph(format_graph(g), "").nodes[0].id, id);
}

TEST(GraphJson, RefusesLongerNamesAndRepeatsOnlyTheirBeginning) {
  const std::string shown = "\"" + std::string(40, 'n') + "...\" is too long: ";
  const auto problem = [](const std::string& text) {
    const std::string all = problem_of("\n" + text);
    return all.substr(0, all.find('\n'));
  };
  const std::string name(257, 'n');
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{")" + name + R"(":{"type":"A"}}})"),
            "g.json:2:24: the name " + shown + "257 bytes, at most 256");
  EXPECT_EQ(problem(R"({"calotype":1,"inputs":{")" + name + R"(":{"type":"int"}},"nodes":{}})"),
            "g.json:2:25: the name " + shown + "257 bytes, at most 256");
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{},"outputs":{")" + name + R"(":"a.b"}})"),
            "g.json:2:37: the name " + shown + "257 bytes, at most 256");
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{"a":{"type":")" + name + R"("}}})"),
            "g.json:2:36: node \"a\", \"type\": the name " + shown + "257 bytes, at most 256");
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{"a":{"type":"A","params":{"x":{"$input":")" + name +
                    R"("}}}}})"),
            "g.json:2:64: node \"a\", \"$input\": the name " + shown + "257 bytes, at most 256");
  const std::string link = name + name + ".b";
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{"a":{"type":"A","in":{"x":")" + link + R"("}}}})"),
            "g.json:2:50: node \"a\", input \"x\": the link " + shown + "516 bytes, at most 513");
  EXPECT_EQ(problem(R"({"calotype":1,"nodes":{},"outputs":{"x":")" + link + R"("}})"),
            "g.json:2:41: output \"x\": the link " + shown + "516 bytes, at most 513");
}

TEST(GraphJson, KeepsMessagesShortForNamesOfMegabytes) {
  std::string name = "n";
  while (name.size() < (4U << 20)) name += "\u00e9";
  const std::string problem = problem_of("{\n\"" + name + "\": {}}");
  EXPECT_LT(problem.size(), 1000u);
  std::string shown = "n";  // the fortieth byte is within a character
  for (int i = 0; i < 19; ++i) shown += "\u00e9";
  EXPECT_THAT(problem, testing::HasSubstr("the name \"" + shown + "...\" is too long: "));
}

TEST(GraphJson, ReadsHundredThousandNodesInASecond) {
  std::string text = "{\"calotype\":1,\"nodes\":{\n";
  for (int i = 0; i < 100'000; ++i) {
    text +=
        fmt::format(R"({}"n{}":{{"type":"Add","in":{{"a":"one.number"}},"params":{{"x":1.5}}}})",
                    i > 0 ? ",\n" : "", i);
  }
  text += "}}";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_graph(std::move(text), "big.json").nodes.size(), 100'000u);
  // 0.2 s measured; the margin is for sanitizers and busy machines.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(GraphJson, SaysWhyAFileCannotBeRead) {
  const test::TempDir dir;
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      read_graph(path);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::io);
      return e.what();
    }
    return "accepted";
  };
  const std::string missing = (dir / "missing.json").string();
  EXPECT_EQ(message(missing), "cannot read \"" + missing + "\": No such file or directory");
  EXPECT_EQ(message(dir.path()), "cannot read \"" + dir.path().string() +
                                     "\": it is a folder\n  hint: name a graph file");
}

TEST(GraphJson, ReadsAFileUnderItsName) {
  const test::TempDir dir;
  const auto file = dir.write("g.json", kGraph);
  const Graph g = read_graph(file);
  EXPECT_EQ(g.source->file, file.string());
  EXPECT_EQ(g.nodes.size(), 3u);
}

TEST(Locate, CountsLinesAndBytesFromOne) {
  const auto source = std::make_shared<const SourceText>(SourceText{"f", "ab\n\ncd"});
  EXPECT_EQ(locate({source, 0}), (SourcePos{1, 1}));
  EXPECT_EQ(locate({source, 2}), (SourcePos{1, 3}));
  EXPECT_EQ(locate({source, 3}), (SourcePos{2, 1}));
  EXPECT_EQ(locate({source, 5}), (SourcePos{3, 2}));
  EXPECT_EQ(locate({source, 99}), (SourcePos{3, 3}));
  EXPECT_EQ(locate({}), SourcePos{});
}

TEST(Locate, TakesTheLineWithoutItsEnd) {
  const auto source = std::make_shared<const SourceText>(SourceText{"f", "ab\r\ncd\r\n"});
  EXPECT_EQ(diagnostic_at({source, 1}).excerpt, "ab");
  EXPECT_EQ(diagnostic_at({source, 5}).excerpt, "cd");
}

}  // namespace
}  // namespace calotype
