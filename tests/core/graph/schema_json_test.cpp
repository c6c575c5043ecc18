#include "calotype/schema_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "calotype/error.h"
#include "support/fake_nodes.h"

namespace calotype {
namespace {

NodeSchema schema_with_everything() {
  ParamSchema real;
  real.name = "real";
  real.kind = ParamKind::number;
  real.default_value = 20.0;
  real.min = -std::numeric_limits<double>::infinity();
  real.max = 0.1;
  real.unit = "px";
  ParamSchema seed;
  seed.name = "seed";
  seed.kind = ParamKind::unsigned_integer;
  seed.default_value = std::numeric_limits<std::uint64_t>::max();
  seed.seed = true;
  seed.was = {"noise_seed"};
  ParamSchema mode;
  mode.name = "mode";
  mode.doc = "Quotes \" and \u00e9.";
  mode.optional = true;
  mode.choices = {"a", "b"};
  ParamSchema path;
  path.name = "path";
  path.required = path.file = true;
  path.companion = ".yaml";
  ParamSchema width;
  width.name = "width";
  width.kind = ParamKind::integer;
  width.default_value = std::numeric_limits<std::int64_t>::min();
  width.multiple_of = 8;

  NodeSchema s;
  s.type = "Everything";
  s.version = 3;
  s.summary = "All members differ from their usual values.";
  s.inputs = {{"a", "Number", "First.", true, false, {"old_a"}},
              {"b", "Word", "Second.", true, true, {}}};
  s.params = {real, seed, mode, path, width};
  s.outputs = {{"out", "Number", "Result.", false, false, {}}};
  s.lane = Lane::device;
  s.impure = true;
  s.same_type = {{"a", "out"}};
  s.memory = MemoryRule{{"width", "seed"}, 0.25};
  s.was = {"Everything1"};
  s.plugin = "test.plugin";
  return s;
}

void expect_equal(const ParamSchema& a, const ParamSchema& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.doc, b.doc);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.default_value, b.default_value) << a.name;
  EXPECT_EQ(a.optional, b.optional);
  EXPECT_EQ(a.required, b.required);
  EXPECT_EQ(a.min, b.min);
  EXPECT_EQ(a.max, b.max);
  EXPECT_EQ(a.multiple_of, b.multiple_of);
  EXPECT_EQ(a.choices, b.choices);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_EQ(a.file, b.file);
  EXPECT_EQ(a.companion, b.companion);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.was, b.was);
}

void expect_equal(const std::vector<PortSchema>& a, const std::vector<PortSchema>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].type, b[i].type);
    EXPECT_EQ(a[i].doc, b[i].doc);
    EXPECT_EQ(a[i].optional, b[i].optional);
    EXPECT_EQ(a[i].repeated, b[i].repeated);
    EXPECT_EQ(a[i].was, b[i].was);
  }
}

void expect_equal(const NodeSchema& a, const NodeSchema& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.summary, b.summary);
  expect_equal(a.inputs, b.inputs);
  expect_equal(a.outputs, b.outputs);
  ASSERT_EQ(a.params.size(), b.params.size());
  for (std::size_t i = 0; i < a.params.size(); ++i) expect_equal(a.params[i], b.params[i]);
  EXPECT_EQ(a.lane, b.lane);
  EXPECT_EQ(a.impure, b.impure);
  EXPECT_EQ(a.same_type, b.same_type);
  ASSERT_EQ(a.memory.has_value(), b.memory.has_value());
  if (a.memory) {
    EXPECT_EQ(a.memory->params, b.memory->params);
    EXPECT_EQ(a.memory->bytes_per_unit, b.memory->bytes_per_unit);
  }
  EXPECT_EQ(a.was, b.was);
  EXPECT_EQ(a.plugin, b.plugin);
}

TEST(SchemaJson, KeepsEveryMemberThroughARoundTrip) {
  const NodeSchema before = schema_with_everything();
  const auto after = schemas_from_json(schemas_to_json({&before}));
  ASSERT_EQ(after.size(), 1u);
  expect_equal(before, after[0]);
}

TEST(SchemaJson, KeepsSchemasOfARegistryInOrder) {
  const auto registry = test::fake_registry();
  const auto before = registry->schemas();
  const auto after = schemas_from_json(schemas_to_json(before));
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) expect_equal(*before[i], after[i]);
}

TEST(SchemaJson, RefusesTextThatIsNotAListOfSchemas) {
  for (const char* text : {"", "{}", "[1]", "[{}]", "[{\"type\":1}]", "[[[[", "\xff"}) {
    try {
      schemas_from_json(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::io) << text;
    }
  }
}

TEST(SchemaJson, RefusesADamagedCacheByteByByteWithoutAnyOtherException) {
  const NodeSchema schema = schema_with_everything();
  const std::string good = schemas_to_json({&schema});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x11);
    try {
      schemas_from_json(bad);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::io);
    }
  }
}

TEST(SchemaJson, NamesNodeTypeWhoseTextIsNotUtf8) {
  NodeSchema schema;
  schema.type = "Broken";
  schema.summary = "\xff";
  try {
    schemas_to_json({&schema});
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "node type \"Broken\" has a text that is not UTF-8\n"
                 "  hint: save the plugin's source files as UTF-8");
  }
}

}  // namespace
}  // namespace calotype
