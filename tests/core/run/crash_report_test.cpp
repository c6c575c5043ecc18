#include "calotype/crash_report.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <thread>

#include "calotype/schema.h"
#include "calotype/validate.h"

// ThreadSanitizer delays signals and does not follow forks of a process with threads.
#ifndef __SANITIZE_THREAD__

namespace calotype {
namespace {

class CrashReportTest : public ::testing::Test {
 protected:
  CrashReportTest() {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    schema_.type = "test.Boom";
    schema_.plugin = "test.plugin";
    node_.id = "boom";
    node_.schema = &schema_;
    other_.id = "other";
    other_.schema = &schema_;
  }

  NodeSchema schema_;
  ResolvedNode node_;
  ResolvedNode other_;
};

struct sigaction handler_of(int signal) {
  struct sigaction now {};
  ::sigaction(signal, nullptr, &now);
  return now;
}

void end_with_seven(int) {
  const char text[] = "the handler before\n";
  const ssize_t written = ::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(written > 0 ? 7 : 8);
}

void end_with_low_byte_of_address(int, siginfo_t* info, void*) {
  ::_exit(static_cast<int>(reinterpret_cast<std::uintptr_t>(info->si_addr) & 0xff));
}

int endless(int depth) {
  volatile int frame[64] = {depth};
  return frame[0] < 0 ? 0 : endless(depth + 1) + frame[0];
}

TEST_F(CrashReportTest, NamesTheNodeThatRuns) {
  EXPECT_EXIT(
      {
        CrashReport report(nullptr);
        report.node_started(node_);
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT),
      "\nnode \"boom\" \\(test.Boom, plugin test.plugin\\): the program crashed with SIGABRT while "
      "this node ran\n  hint: an isolated run survives it");
}

TEST_F(CrashReportTest, NamesEveryNodeOfEveryRun) {
  EXPECT_EXIT(
      {
        CrashReport one(nullptr);
        CrashReport two(nullptr);
        one.node_started(node_);
        two.node_started(other_);
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), "node \"boom\" .*\nnode \"other\" ");
}

TEST_F(CrashReportTest, NamesNoNodeThatIsFinished) {
  EXPECT_EXIT(
      {
        CrashReport report(nullptr);
        report.node_started(node_);
        report.node_started(other_);
        report.node_finished(node_, {});
        report.node_failed(other_, Error(ErrorCode::run, "failed"));
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), "^$");
}

TEST_F(CrashReportTest, NamesNoNodeOfARunThatIsOver) {
  EXPECT_EXIT(
      {
        CrashReport stays(nullptr);
        CrashReport(nullptr).node_started(node_);
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), "^$");
}

TEST_F(CrashReportTest, NamesTheNodeThatEndsTheProgram) {
  EXPECT_EXIT(
      {
        CrashReport report(nullptr);
        report.node_started(node_);
        std::exit(0);
      },
      ::testing::ExitedWithCode(1),
      "\nnode \"boom\" \\(test.Boom, plugin test.plugin\\): the plugin ended the program while "
      "this "
      "node ran\n  hint: an isolated run survives it");
}

TEST_F(CrashReportTest, LetsOthersEndTheProgram) {
  EXPECT_EXIT(
      {
        CrashReport report(nullptr);
        std::thread([&] { report.node_started(node_); }).join();
        report.node_started(other_);
        report.node_finished(other_, {});
        std::exit(7);
      },
      ::testing::ExitedWithCode(7), "^$");
}

TEST_F(CrashReportTest, GoesOnToTheHandlerThatWasThere) {
  EXPECT_EXIT(
      {
        ::signal(SIGABRT, end_with_seven);
        CrashReport report(nullptr);
        report.node_started(node_);
        std::abort();
      },
      ::testing::ExitedWithCode(7), "crashed with SIGABRT(.|\n)*the handler before");
}

TEST_F(CrashReportTest, HandsOnTheFaultWithItsAddress) {
  EXPECT_EXIT(
      {
        struct sigaction before {};
        before.sa_sigaction = end_with_low_byte_of_address;
        before.sa_flags = SA_SIGINFO;
        ::sigaction(SIGSEGV, &before, nullptr);
        CrashReport report(nullptr);
        report.node_started(node_);
        volatile std::uintptr_t nowhere = 42;
        *reinterpret_cast<volatile char*>(nowhere) = 1;
      },
      ::testing::ExitedWithCode(42), "node \"boom\" .*crashed with SIGSEGV");
}

TEST_F(CrashReportTest, ReportsARecursionWithoutEndInAnyThread) {
  EXPECT_EXIT(
      {
        ::signal(SIGSEGV, SIG_DFL);  // not a sanitizer's
        CrashReport report(nullptr);
        std::thread([&] {
          report.node_started(node_);
          std::exit(endless(1));
        }).join();
      },
      ::testing::KilledBySignal(SIGSEGV), "node \"boom\" .*crashed with SIGSEGV");
}

TEST_F(CrashReportTest, PutsTheHandlersBackThatItFound) {
  const auto before = handler_of(SIGBUS).sa_handler;
  {
    const CrashReport first(nullptr);
    const auto ours = handler_of(SIGBUS).sa_handler;
    EXPECT_NE(ours, before);
    { const CrashReport second(nullptr); }
    EXPECT_EQ(handler_of(SIGBUS).sa_handler, ours);
  }
  EXPECT_EQ(handler_of(SIGBUS).sa_handler, before);
}

TEST_F(CrashReportTest, LeavesAHandlerThatWasSetMeanwhile) {
  const struct sigaction before = handler_of(SIGBUS);
  {
    const CrashReport report(nullptr);
    ::signal(SIGBUS, end_with_seven);
  }
  EXPECT_EQ(handler_of(SIGBUS).sa_handler, &end_with_seven);
  ::sigaction(SIGBUS, &before, nullptr);
}

TEST_F(CrashReportTest, HandsEveryCallOn) {
  struct Counter : Observer {
    int calls = 0;
    void run_started(const std::vector<const ResolvedNode*>&) override { ++calls; }
    void node_started(const ResolvedNode&) override { ++calls; }
    void node_progress(const ResolvedNode&, const Progress&) override { ++calls; }
    void node_warning(const ResolvedNode&, const std::string&) override { ++calls; }
    void node_finished(const ResolvedNode&, const NodeReport&) override { ++calls; }
    void node_failed(const ResolvedNode&, const Error&) override { ++calls; }
  } counter;
  CrashReport report(&counter);
  report.run_started({&node_});
  report.node_started(node_);
  report.node_progress(node_, {});
  report.node_warning(node_, "slow");
  report.node_finished(node_, {});
  report.node_failed(node_, Error(ErrorCode::run, "failed"));
  EXPECT_EQ(counter.calls, 6);
}

}  // namespace
}  // namespace calotype

#endif
