/// Runs in a worker process: what plugins do there reaches the caller as a message.
#include "calotype/isolated_run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "calotype/graph_json.h"
#include "calotype/plugin.h"
#include "support/fake_nodes.h"
#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Names of the calls, in order.
class CallRecorder final : public Observer {
 public:
  std::vector<std::string> calls;

  void run_started(const std::vector<const ResolvedNode*>& nodes) override {
    calls.push_back("start of " + std::to_string(nodes.size()));
  }
  void node_started(const ResolvedNode& node) override { calls.push_back(node.id + " started"); }
  void node_progress(const ResolvedNode& node, const Progress& p) override {
    calls.push_back(node.id + " " + std::to_string(p.step) + "/" + std::to_string(p.steps));
  }
  void node_warning(const ResolvedNode& node, const std::string& text) override {
    calls.push_back(node.id + " " + text);
  }
  void node_finished(const ResolvedNode& node, const NodeReport& report) override {
    calls.push_back(node.id + " " + std::string(to_text(report.status)));
  }
  void node_failed(const ResolvedNode& node, const Error& error) override {
    calls.push_back(node.id + " failed: " + error.what());
  }
};

/// first -> second, both of the plugin test.acts; `what` is what the second does.
class IsolatedRunTest : public testing::Test {
 protected:
  IsolatedRunTest() { discover(); }

  void discover() {
    fs::create_directories(dir_ / "plugins");
    fs::copy_file(test::test_plugin("acts"), dir_ / "plugins/acts.so",
                  fs::copy_options::skip_existing);
    fs::copy_file(test::test_plugin("good"), dir_ / "plugins/good.so",
                  fs::copy_options::skip_existing);
    const auto problems = discover_plugins(
        registry_, {{fs::canonical(dir_ / "plugins")}, dir_ / "cache/plugins.json"});
    EXPECT_THAT(problems, IsEmpty());
  }

  ResolvedGraph graph(const std::string& what) const {
    return validate(parse_graph(R"({"calotype": 1, "nodes": {
  "first": {"type": "test.acts.Act"},
  "second": {"type": "test.acts.Act", "in": {"count": "first.count"},
             "params": {"what": ")" +
                                    what + R"("}}},
 "outputs": {"count": "second.count"}})",
                                "acts.json"),
                    registry_);
  }
  RunResult run(const std::string& what, const IsolateOptions& options = {},
                const RunOptions& run_options = {}) {
    return run_isolated(graph(what), registry_, {.cache_folder = dir_ / "cache"}, options,
                        run_options);
  }
  std::string failure(const std::string& what, const IsolateOptions& options = {}) {
    try {
      run(what, options);
    } catch (const Error& e) {
      return (e.code() == ErrorCode::run ? "" : "wrong code: ") + std::string(e.what());
    }
    return "no failure";
  }
  static std::string at_second(const std::string& message) {
    return "acts.json:3:3: node \"second\": test.acts.Act (plugin test.acts) " + message;
  }
  static double count(const RunResult& result) {
    const TensorArchive archive = result.outputs.at("count").archive();
    double value = 0;
    std::memcpy(&value, archive.tensors.at(0).bytes.data(), sizeof value);
    return value;
  }

  const test::TempDir dir_;
  Registry registry_;
};

constexpr const char* kExcerpt =
    "\n    \"second\": {\"type\": \"test.acts.Act\", \"in\": {\"count\": \"first.count\"},\n    ^";
constexpr const char* kDeathHint =
    "\n  hint: nodes that finished stay in the cache; tell the author of the plugin";

TEST_F(IsolatedRunTest, GivesTheSameOutputsReportsAndCallsAsARunInProcess) {
  CallRecorder isolated, in_process;
  const RunResult result = run("steps", {}, {.explain = true, .observer = &isolated});
  EXPECT_EQ(count(result), 2);
  EXPECT_THAT(
      isolated.calls,
      ElementsAre("start of 2", "first started", "first ran", "second started", "second 0/3",
                  "second 1/3", "second 2/3", "second 3/3", "second took all steps", "second ran"));
  const auto closed = registry_.plugins();
  EXPECT_FALSE(closed.at(0).open) << "the caller opened the plugin";

  load_plugin(registry_, fs::canonical(dir_ / "plugins/acts.so"));
  Engine engine(std::shared_ptr<Registry>(&registry_, [](Registry*) {}),
                {.cache_folder = dir_ / "other"});
  const RunResult expected =
      engine.run(engine.prepare(graph("steps")), {.explain = true, .observer = &in_process});
  EXPECT_EQ(isolated.calls, in_process.calls);
  EXPECT_EQ(count(expected), count(result));
  ASSERT_EQ(result.nodes.size(), expected.nodes.size());
  EXPECT_THAT(result.nodes.at(1).warnings, ElementsAre("took all steps"));
  for (std::size_t i = 0; i < expected.nodes.size(); ++i) {
    EXPECT_EQ(result.nodes[i].id, expected.nodes[i].id);
    EXPECT_EQ(result.nodes[i].type, expected.nodes[i].type);
    EXPECT_EQ(result.nodes[i].plugin, expected.nodes[i].plugin);
    EXPECT_EQ(result.nodes[i].status, expected.nodes[i].status);
    EXPECT_EQ(result.nodes[i].reason, expected.nodes[i].reason);
    EXPECT_EQ(result.nodes[i].bytes, expected.nodes[i].bytes);
    EXPECT_EQ(result.nodes[i].warnings, expected.nodes[i].warnings);
  }
}

TEST_F(IsolatedRunTest, SharesTheDiskCache) {
  run("nothing");
  CallRecorder again;
  EXPECT_EQ(count(run("nothing", {}, {.observer = &again})), 2);
  EXPECT_THAT(again.calls, ElementsAre("start of 1", "second disk"));
}

TEST_F(IsolatedRunTest, KeepsEveryFieldOfAnError) {
  EXPECT_EQ(failure("throw_std"),
            "acts.json:3:3: node \"second\": test.acts.Act (plugin test.acts, inputs \"count\" = "
            "test.acts.Count F64 [1]) failed: no luck today" +
                std::string(kExcerpt));
  EXPECT_EQ(failure("throw_int"),
            "acts.json:3:3: node \"second\": test.acts.Act (plugin test.acts, inputs \"count\" = "
            "test.acts.Count F64 [1]) failed: an exception of an unknown type" +
                std::string(kExcerpt));
  Registry& registry = registry_;
  ResolvedGraph missing = graph("nothing");
  missing.nodes[0].params[0] = std::string("throw_std");
  try {
    run_isolated(missing, registry, {}, {});
    ADD_FAILURE() << "it ran";
  } catch (const Error& e) {
    const Diagnostic& d = e.diagnostics().at(0);
    EXPECT_EQ(d.node, "first");
    EXPECT_EQ(d.file, "acts.json");
    EXPECT_EQ(d.pos, (SourcePos{2, 3}));
    EXPECT_EQ(d.excerpt, R"(  "first": {"type": "test.acts.Act"},)");
  }
}

struct WorkerDeath {
  const char* act;
  const char* how;
};

class DeadWorker : public IsolatedRunTest, public testing::WithParamInterface<WorkerDeath> {};

TEST_P(DeadWorker, IsBlamedOnTheNodeAndWhatFinishedStays) {
  EXPECT_EQ(failure(GetParam().act),
            at_second("failed: the worker process " + std::string(GetParam().how)) + kExcerpt +
                kDeathHint);
  CallRecorder next;
  EXPECT_EQ(count(run("nothing", {}, {.observer = &next})), 2);
  EXPECT_THAT(next.calls, ElementsAre("start of 2", "first disk", "second started", "second ran"));
}

INSTANTIATE_TEST_SUITE_P(Acts, DeadWorker,
                         testing::Values(WorkerDeath{"segfault", "crashed with SIGSEGV"},
                                         WorkerDeath{"abort", "crashed with SIGABRT"},
                                         WorkerDeath{"throw_in_thread", "crashed with SIGABRT"},
                                         WorkerDeath{"exit", "ended with exit code 3"},
                                         WorkerDeath{"exit_zero", "ended with exit code 0"}),
                         [](const auto& info) { return info.param.act; });

TEST_F(IsolatedRunTest, ExplainsAKillFromOutside) {
  EXPECT_EQ(failure("killed"),
            at_second("failed: the worker process was killed with SIGKILL") + kExcerpt +
                "\n  hint: most likely memory ran out: use a smaller width, height or batch");
}

TEST_F(IsolatedRunTest, EndsANodeThatHangs) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(failure("loop", {.timeout = std::chrono::milliseconds(300),
                             .grace = std::chrono::milliseconds(100)}),
            at_second("did not finish: the time limit of 0.3 s is over") + kExcerpt +
                "\n  hint: allow more time; nodes that finished stay in the cache");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(IsolatedRunTest, AsksANodeToStopBeforeItKills) {
  EXPECT_EQ(
      failure("wait", {.timeout = std::chrono::milliseconds(300), .grace = std::chrono::hours(1)}),
      at_second("did not finish: the time limit of 0.3 s is over") + kExcerpt +
          "\n  hint: allow more time; nodes that finished stay in the cache");
}

TEST_F(IsolatedRunTest, KeepsToItsMemoryLimit) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer ends the process itself when memory runs out";
#endif
  EXPECT_EQ(failure("eat_memory", {.memory_limit = std::uint64_t{512} << 20}),
            "acts.json:3:3: node \"second\": test.acts.Act (plugin test.acts, inputs \"count\" = "
            "test.acts.Count F64 [1]) failed: out of memory" +
                std::string(kExcerpt) + "\n  hint: make the picture or the batch smaller");
}

TEST_F(IsolatedRunTest, DoesNotWaitForAThreadThatANodeLeaves) {
  EXPECT_EQ(count(run("leave_thread")), 2);
}

TEST_F(IsolatedRunTest, NamesAllNodesThatRanWhenTheWorkerDied) {
  const ResolvedGraph graph = validate(parse_graph(R"({"calotype": 1, "nodes": {
  "a": {"type": "test.acts.Act", "params": {"what": "wait"}},
  "b": {"type": "test.acts.Act", "params": {"what": "late_abort"}}},
 "outputs": {"a": "a.count", "b": "b.count"}})",
                                                   "two.json"),
                                       registry_);
  try {
    run_isolated(graph, registry_, {.workers = 2}, {});
    ADD_FAILURE() << "it ran";
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()),
              "the worker process crashed with SIGABRT while these nodes ran: \"a\" "
              "(test.acts.Act, plugin test.acts), \"b\" (test.acts.Act, plugin test.acts)" +
                  std::string(kDeathHint));
  }
}

TEST_F(IsolatedRunTest, KeepsExactValuesAndBytes) {
  // Texts that are no UTF-8, such as paths and what libraries say, must not end a run.
  ResolvedGraph graph = this->graph("nothing");
  graph.nodes[1].params[0] = std::string("say \xff\xfe\n");
  CallRecorder recorder;
  run_isolated(graph, registry_, {}, {}, {.observer = &recorder});
  EXPECT_THAT(recorder.calls, testing::Contains("second said \xff\xfe\n"));
}

TEST_F(IsolatedRunTest, StopsWhenItIsAsked) {
  for (const char* act : {"wait", "loop"}) {
    std::stop_source stop;
    const std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      stop.request_stop();
    });
    try {
      run(act, {.grace = std::chrono::milliseconds(200)}, {.stop = stop.get_token()});
      ADD_FAILURE() << act << " ended";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::cancelled) << e.what();
    }
  }
}

TEST_F(IsolatedRunTest, RunsSeveralAtOnce) {
  std::vector<std::string> messages(6);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      threads.emplace_back([&, i] { messages[i] = failure(i % 2 ? "segfault" : "abort"); });
    }
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_THAT(messages[i], HasSubstr(i % 2 ? "SIGSEGV" : "SIGABRT"));
  }
}

TEST_F(IsolatedRunTest, RefusesAPluginThatChangedAfterItWasListed) {
  fs::remove(dir_ / "plugins/acts.so");
  fs::copy_file(test::test_plugin("same_port"), dir_ / "plugins/acts.so");
  try {
    run("nothing");
    ADD_FAILURE() << "it ran";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::plugin);
    EXPECT_EQ(std::string(e.what()), fs::canonical(dir_ / "plugins/acts.so").string() +
                                         ": the library changed after its nodes were listed\n"
                                         "  hint: start the program again");
  }
}

TEST_F(IsolatedRunTest, SaysSoWhenItsMemoryLimitIsTooSmallToStart) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer ends the process itself when memory runs out";
#endif
  EXPECT_EQ(failure("nothing", {.memory_limit = std::uint64_t{4} << 20}),
            "the worker process cannot go on: Resource temporarily unavailable\n"
            "  hint: raise the memory limit");
}

TEST_F(IsolatedRunTest, SaysWhichOutputCannotBeHandedOver) {
  const ResolvedGraph graph =
      validate(parse_graph(R"({"calotype": 1, "nodes": {"say": {"type": "test.Say"}},
                      "outputs": {"words": "say.text"}})",
                           "say.json"),
               registry_);
  try {
    run_isolated(graph, registry_, {}, {});
    ADD_FAILURE() << "it ran";
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()),
              "output \"words\": values of type test.Text cannot be saved, so a worker process "
              "cannot hand them over\n"
              "  hint: choose an output of a type such as Image or Latent, or run without "
              "isolation");
  }
}

TEST_F(IsolatedRunTest, RefusesNodesThatOnlyTheCallerHas) {
  registry_.add_linked({"test.fakes", "1.0.0", "", true}, test::register_fake_nodes);
  const ResolvedGraph graph =
      validate(parse_graph(R"({"calotype": 1, "nodes": {"one": {"type": "Constant"}},
                               "outputs": {"n": "one.number"}})",
                           "one.json"),
               registry_);
  try {
    run_isolated(graph, registry_, {}, {});
    ADD_FAILURE() << "it ran";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::graph);
    EXPECT_THAT(e.what(), HasSubstr("node \"one\": Constant (plugin test.fakes) is part of this "
                                    "program, and a worker process has only what lies in plugin "
                                    "libraries"));
  }
}

TEST_F(IsolatedRunTest, LeavesNoProcessesFilesOrDescriptorsBehind) {
  const auto open_files = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const fs::path temporary = dir_ / "tmp";
  fs::create_directories(temporary);
  ::setenv("TMPDIR", temporary.c_str(), 1);
  const auto before = open_files();
  run("nothing", {}, {.use_cache = false});
  failure("segfault");
  ::unsetenv("TMPDIR");
  EXPECT_EQ(open_files(), before);
  EXPECT_TRUE(fs::is_empty(temporary));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(IsolatedRunTest, RemovesTheFoldersOfRunsThatWereKilled) {
  const fs::path temporary = dir_ / "tmp";
  const fs::path killed = temporary / "calotype-run-killed";
  const fs::path running = temporary / "calotype-run-running";
  const fs::path foreign = temporary / "other";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const fs::path& folder : {killed, running, foreign}) {
    fs::create_directories(folder / "part");
    fs::last_write_time(folder, long_ago);
  }
  const int held = ::open(running.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  ::setenv("TMPDIR", temporary.c_str(), 1);
  run("nothing", {}, {.use_cache = false});
  ::unsetenv("TMPDIR");
  ::close(held);
  EXPECT_FALSE(fs::exists(killed));
  EXPECT_TRUE(fs::exists(running)) << "its process lives";
  EXPECT_TRUE(fs::exists(foreign));
}

}  // namespace
}  // namespace calotype
