#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "calotype/enclosing_run.h"
#include "calotype/engine.h"
#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

/// Throws whatever the test wants.
class Thrower final : public NodeType {
 public:
  explicit Thrower(std::function<std::vector<Value>(const NodeCall&)> body)
      : body_(std::move(body)) {
    schema_.type = "Thrower";
    schema_.outputs = {{"out", "Number", "", false, false, {}}};
  }
  const NodeSchema& schema() const override { return schema_; }
  std::vector<Value> run(const NodeCall& call) const override { return body_(call); }
  std::span<const PortType* const> port_types() const override { return types_; }

 private:
  std::function<std::vector<Value>(const NodeCall&)> body_;
  NodeSchema schema_;
  std::vector<const PortType*> types_{&PortTraits<Number>::type()};
};

std::string message_of(const std::function<std::vector<Value>(const NodeCall&)>& body) {
  const auto registry = std::make_shared<Registry>();
  registry->add_linked({"test.thrower", "1", "", true},
                       [&](Registrar& r) { r.add_node(std::make_shared<Thrower>(body)); });
  GraphBuilder g(*registry);
  g.add("t", "Thrower").output("t");
  Engine engine(registry, {.workers = 1});
  return error_of([&] { engine.run(engine.prepare(g.build())); });
}

TEST(Failure, NamesPlaceNodePluginInputsAndCause) {
  const auto registry = fake_registry();
  GraphBuilder g(*registry, "graphs/portrait.json");
  g.add("a", "Constant").add("bad", "Fail", {}, {{"number", {"a"}}}).output("bad");
  Engine engine(registry, {.workers = 1});
  EXPECT_EQ(error_of([&] { engine.run(engine.prepare(g.build())); }),
            "graphs/portrait.json:1:1: node \"bad\": Fail (plugin test.fakes, inputs \"number\" = "
            "Number F64 []) failed: it broke\n"
            "  {}\n"
            "  ^");
}

TEST(Failure, HasTheCodeRun) {
  const auto registry = fake_registry();
  GraphBuilder g(*registry);
  g.add("bad", "Fail").output("bad");
  Engine engine(registry);
  try {
    engine.run(engine.prepare(g.build()));
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::run);
    EXPECT_EQ(e.diagnostics().front().node, "bad");
  }
}

TEST(Failure, KeepsTheHintOfTheCause) {
  EXPECT_EQ(message_of([](const NodeCall&) -> std::vector<Value> {
              throw Error(ErrorCode::io, "the checkpoint is cut off", "download it again");
            }),
            "node \"t\": Thrower (plugin test.thrower, no inputs) failed: the checkpoint is cut "
            "off\n  hint: download it again");
}

TEST(Failure, CatchesExceptionsOfUnknownTypes) {
  EXPECT_EQ(message_of([](const NodeCall&) -> std::vector<Value> { throw 7; }),
            "node \"t\": Thrower (plugin test.thrower, no inputs) failed: an exception of an "
            "unknown type");
}

TEST(Failure, SaysSoWhenMemoryRanOut) {
  EXPECT_EQ(message_of([](const NodeCall&) -> std::vector<Value> { throw std::bad_alloc(); }),
            "node \"t\": Thrower (plugin test.thrower, no inputs) failed: out of memory\n"
            "  hint: make the picture or the batch smaller");
}

/// Runs a graph of a Constant, which is cached first, and of a node with this body.
std::string after_a_cached_node(Engine& engine, Registry& registry, Observer* observer) {
  GraphBuilder first(registry);
  engine.run(engine.prepare(first.add("a", "Constant").output("a").build()));
  GraphBuilder second(registry);
  const Plan plan = engine.prepare(second.add("t", "Thrower").output("t").build());
  return error_of([&] { engine.run(plan, {.observer = observer}); });
}

TEST(Failure, LeavesWhatNodesWarnOfInTheirReports) {
  const auto registry = fake_registry();
  const auto body = [](const NodeCall& call) -> std::vector<Value> {
    call.context.warn("this is slow");
    call.context.warn("and large");
    return {Value::of(Number{1})};
  };
  registry->add_linked({"test.thrower", "1", "", true},
                       [&](Registrar& r) { r.add_node(std::make_shared<Thrower>(body)); });
  Engine engine(registry, EngineOptions{.workers = 1});
  GraphBuilder graph(*registry);
  const Plan plan = engine.prepare(graph.add("t", "Thrower").output("t").build());
  const std::vector<std::string> expected{"this is slow", "and large"};
  EXPECT_EQ(engine.run(plan).nodes.at(0).warnings, expected);
  EXPECT_TRUE(engine.run(plan).nodes.at(0).warnings.empty()) << "it did not run again";
}

struct Warnings : Observer {
  void node_warning(const ResolvedNode& node, const std::string& text) override {
    all.push_back(node.id + ": " + text);
  }
  std::vector<std::string> all;
};

TEST(Failure, RunsAgainWithoutTheCacheWhenMemoryRanOut) {
  const auto registry = fake_registry();
  std::unique_ptr<Engine> engine;
  std::vector<std::size_t> cached;
  const auto body = [&](const NodeCall&) -> std::vector<Value> {
    cached.push_back(engine->memory().size());
    if (cached.size() == 1) throw OutOfMemory(ErrorCode::run, "no memory for 4 GiB");
    return {Value::of(Number{1})};
  };
  registry->add_linked({"test.thrower", "1", "", true},
                       [&](Registrar& r) { r.add_node(std::make_shared<Thrower>(body)); });
  engine = std::make_unique<Engine>(registry, EngineOptions{.workers = 1});
  Warnings warnings;
  EXPECT_EQ(after_a_cached_node(*engine, *registry, &warnings), "");
  EXPECT_EQ(cached, (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(warnings.all, std::vector<std::string>{
                              "t: out of memory: what the cache held in memory is let go, and the "
                              "node runs again"});
}

TEST(Failure, EmptiesTheCacheForRunsThatDoNotUseIt) {
  const auto registry = fake_registry();
  std::unique_ptr<Engine> engine;
  const auto body = [&](const NodeCall&) -> std::vector<Value> {
    if (engine->memory().size() > 0) throw OutOfMemory(ErrorCode::run, "no memory for 4 GiB");
    return {Value::of(Number{1})};
  };
  registry->add_linked({"test.thrower", "1", "", true},
                       [&](Registrar& r) { r.add_node(std::make_shared<Thrower>(body)); });
  engine = std::make_unique<Engine>(registry, EngineOptions{.workers = 1});
  GraphBuilder first(*registry);
  engine->run(engine->prepare(first.add("a", "Constant").output("a").build()));
  GraphBuilder second(*registry);
  const Plan plan = engine->prepare(second.add("t", "Thrower").output("t").build());
  EXPECT_EQ(error_of([&] { engine->run(plan, {.use_cache = false}); }), "");
}

TEST(Failure, DoesNotRunAgainWhenTheCacheHeldNothing) {
  int runs = 0;
  EXPECT_EQ(message_of([&](const NodeCall&) -> std::vector<Value> {
              ++runs;
              throw OutOfMemory(ErrorCode::run, "no memory for 4 GiB", "make it smaller");
            }),
            "node \"t\": Thrower (plugin test.thrower, no inputs) failed: no memory for 4 GiB\n"
            "  hint: make it smaller");
  EXPECT_EQ(runs, 1);
}

TEST(Failure, RefusesResultsThatTheNodeDidNotDeclare) {
  const std::string expected =
      "node \"t\": Thrower (plugin test.thrower, no inputs) failed: it did not return the outputs "
      "that it declares";
  EXPECT_EQ(message_of([](const NodeCall&) { return std::vector<Value>(); }), expected);
  EXPECT_EQ(message_of([](const NodeCall&) { return std::vector<Value>(1); }), expected);
  EXPECT_EQ(message_of([](const NodeCall&) {
              return std::vector<Value>{Value::of(Word{"not a number"})};
            }),
            expected);
}

TEST(Failure, KeepsFinishedResults) {
  const auto registry = fake_registry();
  Engine engine(registry, {.workers = 1});
  GraphBuilder g(*registry);
  g.add("a", "Constant", {{"value", 5.0}}).add("bad", "Fail", {}, {{"number", {"a"}}});
  EXPECT_THROW(engine.run(engine.prepare(g.output("bad").build())), Error);
  GraphBuilder good(*registry);
  good.add("a", "Constant", {{"value", 5.0}}).output("a");
  EXPECT_EQ(statuses(engine.run(engine.prepare(good.build()))), "a=memory");
}

TEST(Failure, StopsOtherNodesWithinAStep) {
  const auto registry = fake_registry();
  Engine engine(registry, {.workers = 2});
  GraphBuilder g(*registry);
  g.add("slow", "Sleep", {{"steps", std::int64_t{10'000}}}).add("a", "Sleep");
  g.add("bad", "Fail", {}, {{"number", {"a"}}}).output("slow").output("bad");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of([&] { engine.run(engine.prepare(g.build())); }),
            "node \"bad\": Fail (plugin test.fakes, inputs \"number\" = Number F64 []) failed: it "
            "broke");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Cancel, StopsWithinAStepAndKeepsWhatIsFinished) {
  const auto registry = fake_registry();
  Engine engine(registry, {.workers = 2});
  GraphBuilder g(*registry);
  g.add("a", "Constant", {{"value", 6.0}});
  g.add("slow", "Sleep", {{"steps", std::int64_t{10'000}}}, {{"number", {"a"}}});
  g.add("after", "Add", {}, {{"a", {"slow"}}}).output("after");
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  try {
    engine.run(engine.prepare(g.build()), {.stop = stop.get_token()});
    FAIL() << "not cancelled";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::cancelled);
    EXPECT_STREQ(e.what(), "cancelled");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(engine.memory().size(), 1U);
}

TEST(Cancel, EndsTheReadingOfALargeFile) {
  const TempDir dir;
  const auto file = dir.write("large", "");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 38);  // a hole: minutes to read
  const auto registry = fake_registry();
  const Engine engine(registry);
  GraphBuilder g(*registry);
  g.add("f", "ReadFile", {{"path", file.string()}}).output("f");
  for (const bool by_outer_run : {false, true}) {
    std::stop_source stop;
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      stop.request_stop();
    });
    const InsideRun inside(by_outer_run ? EnclosingRun::current().with_stop(stop.get_token())
                                        : EnclosingRun::current());
    const std::stop_token asked = by_outer_run ? std::stop_token() : stop.get_token();
    try {
      engine.prepare(g.build(), asked);
      FAIL() << "not cancelled";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::cancelled);
      EXPECT_STREQ(e.what(), "cancelled");
    }
  }
}

TEST(Cancel, BeforeTheRunRunsNothing) {
  const auto registry = fake_registry();
  Engine engine(registry);
  std::stop_source stop;
  stop.request_stop();
  const int before = constant_runs;
  EXPECT_EQ(error_of([&] {
              engine.run(engine.prepare(chain_graph(*registry, 3)), {.stop = stop.get_token()});
            }),
            "cancelled");
  EXPECT_EQ(constant_runs, before);
}

}  // namespace
}  // namespace calotype::test
