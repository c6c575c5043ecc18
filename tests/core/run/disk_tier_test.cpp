/// The engine with a disk cache.
#include <gtest/gtest.h>

#include <random>

#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

namespace fs = std::filesystem;

class DiskTier : public ::testing::Test {
 protected:
  EngineOptions options() const { return {.cache_folder = dir_ / "cache", .workers = 2}; }
  RunResult run_afresh(const ResolvedGraph& graph, const RunOptions& how = {}) const {
    Engine engine(registry_, options());
    return engine.run(engine.prepare(graph), how);
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> found;
    for (const auto& e : fs::recursive_directory_iterator(dir_ / "cache")) {
      if (e.path().extension() == ".safetensors") found.push_back(e.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  TempDir dir_;
  std::shared_ptr<Registry> registry_ = fake_registry();
};

TEST_F(DiskTier, OutlivesTheEngine) {
  const ResolvedGraph graph = chain_graph(*registry_, 3);
  run_afresh(graph);
  const RunResult again = run_afresh(graph);
  EXPECT_EQ(statuses(again), "c0=skipped c1=skipped c2=disk");
  EXPECT_EQ(number(again, "c2"), 3);
}

TEST_F(DiskTier, LoadsOnlyWhatARunningNodeReads) {
  run_afresh(chain_graph(*registry_, 3));
  const RunResult longer = run_afresh(chain_graph(*registry_, 4));
  EXPECT_EQ(statuses(longer), "c0=skipped c1=skipped c2=disk c3=ran");
  EXPECT_EQ(number(longer, "c3"), 4);
}

TEST_F(DiskTier, NeverWritesTypesWithoutSavedForm) {
  GraphBuilder g(*registry_);
  g.add("a", "Constant").add("word", "Spell", {}, {{"number", {"a"}}}).output("word");
  run_afresh(g.build());
  EXPECT_EQ(entries().size(), 1U);
  EXPECT_EQ(statuses(run_afresh(g.build())), "a=disk word=ran");
}

TEST_F(DiskTier, WritesNothingWithoutTheCache) {
  run_afresh(chain_graph(*registry_, 3), {.use_cache = false});
  EXPECT_FALSE(fs::exists(dir_ / "cache"));
}

TEST_F(DiskTier, OpensNoPluginWhenEverythingIsOnDisk) {
  run_afresh(chain_graph(*registry_, 3));
  auto lazy = std::make_shared<Registry>();
  std::vector<NodeSchema> schemas;
  for (const NodeSchema* schema : registry_->schemas()) schemas.push_back(*schema);
  bool opened = false;
  const PluginInfo plugin{"test.fakes", "1.0.0", "/fakes.so", false};
  lazy->commit_lazy(plugin, schemas, [&] {
    opened = true;
    lazy->add_linked(plugin, register_fake_nodes);
  });
  Engine engine(lazy, options());
  const RunResult result = engine.run(engine.prepare(chain_graph(*lazy, 3)));
  EXPECT_EQ(statuses(result), "c0=skipped c1=skipped c2=disk");
  EXPECT_EQ(result.outputs.at("c2").archive().tensors.size(), 1U);
  EXPECT_EQ(result.outputs.at("c2").port_type(), "Number");
  EXPECT_FALSE(opened);
  EXPECT_EQ(number(result, "c2"), 3);
  EXPECT_TRUE(opened);
}

TEST_F(DiskTier, RunsANodeWhoseEntryDoesNotLoad) {
  run_afresh(chain_graph(*registry_, 2));
  // A well-formed entry whose content is no Number: one without tensors.
  Engine engine(registry_, options());
  const Plan plan = engine.prepare(chain_graph(*registry_, 3));
  fs::remove_all(dir_ / "cache");
  engine.disk()->put(plan.key(1, 0), {"Number", 1, "Add", 1}, TensorArchive());
  const RunResult result = engine.run(plan);
  EXPECT_EQ(statuses(result), "c0=ran c1=ran c2=ran");
  EXPECT_EQ(number(result, "c2"), 3);
}

/// Each kind of damage a disk or a person can do to an entry.
void damage(const fs::path& file, std::string bytes, const std::string& other, unsigned kind,
            std::mt19937& random) {
  switch (kind % 5) {
    case 0:
      bytes[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
      break;
    case 1:
      bytes.resize(random() % bytes.size());
      break;
    case 2:
      bytes = other;
      break;
    case 3: {
      const std::size_t at = bytes.find("\"calotype.node_version\":\"1\"");
      ASSERT_NE(at, std::string::npos);
      bytes[at + 25] = '2';
      break;
    }
    default:
      bytes.append(random() % 16 + 1, 'x');
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST_F(DiskTier, RecomputesWhateverIsDamaged) {
  const ResolvedGraph graph = chain_graph(*registry_, 2, 0.1);
  const double expected = number(run_afresh(graph), "c1");
  std::mt19937 random(1);
  for (unsigned i = 0; i < 200; ++i) {
    const auto files = entries();
    ASSERT_EQ(files.size(), 2U);
    const std::string one = read_bytes(files[0]);
    const std::string two = read_bytes(files[1]);
    damage(files[0], one, two, i, random);
    damage(files[1], two, one, i, random);
    const RunResult result = run_afresh(graph);
    ASSERT_EQ(statuses(result), "c0=ran c1=ran") << "round " << i;
    ASSERT_EQ(number(result, "c1"), expected);
  }
}

}  // namespace
}  // namespace calotype::test
