#include "calotype/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace calotype {
namespace {

using testing::ElementsAre;

std::string plugin_path(const std::string& name) {
  return std::string(CALOTYPE_LINT_PLUGINS) + "/" + name + ".so";
}

/// "rule: message" for each finding, without the library's path.
std::vector<std::string> findings(const LintReport& report, const std::string& rules) {
  std::vector<std::string> all;
  for (const LintFinding& finding : report.findings) {
    if (rules.find(" " + finding.rule + " ") == rules.npos) continue;
    Diagnostic d = finding.diagnostic;
    EXPECT_EQ(d.file, report.plugin.library);
    d.file.clear();
    all.push_back(finding.rule + ": " + format(d));
  }
  return all;
}

const LintReport& untidy() {
  static const LintReport report = lint_plugin(plugin_path("untidy"));
  return report;
}

const LintReport& unsteady() {
  static const LintReport report = lint_plugin(plugin_path("unsteady"));
  return report;
}

TEST(Lint, ChecksNames) {
  EXPECT_THAT(
      findings(untidy(), " plugin_id type_name port_name former_name "),
      ElementsAre(
          "plugin_id: warning: plugin id: expected the vendor, a dot and a name, such as "
          "\"acme.fade\", got \"lint\"\n  hint: give CALOTYPE_PLUGIN such an id",
          "type_name: node \"Unprefixed\": the name \"Unprefixed\" has no vendor in front\n"
          "  hint: call it \"lint.Unprefixed\"",
          "former_name: node \"lint.FormerName\", param \"width\": its former name \"width\" "
          "belongs to another input or param\n"
          "  hint: leave out .was(), or rename the other one",
          "port_name: node \"lint.PortNames\", input \"inputImage\": expected a name in "
          "snake_case: small letters, digits and _, a letter first, got \"inputImage\"\n"
          "  hint: call it \"input_image\"",
          "port_name: node \"lint.PortNames\", param \"size\": an input or a param has this name "
          "already\n  hint: give each input and param a name of its own",
          "port_name: node \"lint.PortNames\", output \"result\": another output has this name "
          "already\n  hint: give each output a name of its own",
          "type_name: node \"lint.lower_case\": expected a name such as \"vendor.Name\", got "
          "\"lint.lower_case\"\n  hint: call it \"lint.LowerCase\"",
          "type_name: warning: node \"other.Vendor\": the vendor \"other\" is not that of the "
          "plugin, \"lint\"\n  hint: call it \"lint.Vendor\""));
}

TEST(Lint, ChecksThatTextsHelp) {
  const std::string hint = "\n  hint: say in one sentence what it is: meaning, range, unit";
  EXPECT_THAT(
      findings(untidy(), " summary help "),
      ElementsAre("summary: warning: node \"lint.BlurImage\", summary: the help text only "
                  "repeats the name, got \"Blur image.\"" +
                      hint,
                  "help: warning: node \"lint.BlurImage\", input \"image\": the help text "
                  "only repeats the name, got \"The image.\"" +
                      hint,
                  "help: node \"lint.BlurImage\", input \"mask\": it has no help text" + hint,
                  "help: warning: node \"lint.BlurImage\", output \"result\": the help "
                  "text is no sentence: it has no full stop at its end, got \"the blurred "
                  "one\"" +
                      hint));
}

TEST(Lint, ChecksDefaultsAsTheEngineChecksValues) {
  const std::string hint =
      "\n  hint: change the initialiser in Params, or the limits in describe()";
  EXPECT_THAT(
      findings(untidy(), " param_default "),
      ElementsAre("param_default: node \"lint.DefaultChoice\", param \"size\": its default is not "
                  "a value that it allows: expected one of \"smell\", got \"small\"\n"
                  "  hint: did you mean \"smell\"?",
                  "param_default: node \"lint.DefaultRange\", param \"steps\": its default is not "
                  "a value that it allows: expected at least 10, got 8" +
                      hint,
                  "param_default: node \"lint.DefaultStep\", param \"steps\": its default is not "
                  "a value that it allows: expected a multiple of 5, got 8\n  hint: 5 or 10"));
}

TEST(Lint, ChecksThatLimitsHaveAnEffect) {
  EXPECT_THAT(
      findings(untidy(), " param_limits "),
      ElementsAre("param_limits: node \"lint.Companion\", param \"size\": .companion() has no "
                  "effect without .file()\n  hint: add .file(), or leave it out",
                  "param_limits: node \"lint.EmptyRange\", param \"steps\": its range 9 to 1 is "
                  "empty\n  hint: swap the two bounds",
                  "param_limits: node \"lint.NumberFile\", param \"steps\": .file() has no effect "
                  "on an integer\n  hint: use .file() on std::string members only",
                  "param_limits: node \"lint.TextRange\", param \"size\": .range() has no effect "
                  "on a string\n  hint: leave out .range() and .at_least()",
                  "param_limits: node \"lint.TextSeed\", param \"size\": .seed() has no effect on "
                  "a string\n  hint: use .seed() on std::uint64_t members",
                  "param_limits: node \"lint.TextStep\", param \"size\": .multiple_of(2) has no "
                  "effect on a string\n"
                  "  hint: use .multiple_of() with a positive number, on integers only"));
}

TEST(Lint, ChecksVersionsAndWhatDeclarationsReferTo) {
  EXPECT_THAT(
      findings(untidy(), " version reference output "),
      ElementsAre("reference: node \"lint.Memory\", memory: the memory rule counts param "
                  "\"width\", which is no integer param of the node\n"
                  "  hint: name integer params of the node",
                  "output: node \"lint.NoOutput\": it has no output and is not impure, so no graph "
                  "can make it run\n  hint: add an output, such as the path of a file that it "
                  "writes, and d.impure()",
                  "reference: node \"lint.SameType\", same_type: the node has no input \"image\" "
                  "or no output \"result\"\n  hint: name ports of the node",
                  "reference: node \"lint.TypeParam\", output \"result\": its type is that of "
                  "param \"kind\", which is no text param of the node\n"
                  "  hint: name a std::string param of the node",
                  "version: node \"lint.Version\", kVersion: expected at least 1, got 0\n"
                  "  hint: begin with 1; raise it when results change"));
}

TEST(Lint, FindsExportedSymbols) {
  EXPECT_THAT(findings(untidy(), " exports "),
              ElementsAre("exports: it exports the symbol \"calotype_plugin_helper\"\n  hint: "
                          "build it with calotype_add_plugin, which hides all but the two aliases "
                          "of CALOTYPE_PLUGIN"));
  EXPECT_THAT(findings(unsteady(), " exports "), ElementsAre());
}

TEST(Lint, ChecksThePortTypesThatThePluginDefines) {
  EXPECT_THAT(
      findings(unsteady(), " type_name help version hooks "),
      ElementsAre(
          "version: port type \"lint.Crooked\": its version is wrong: expected at least 1, "
          "got 0\n  hint: begin with 1; raise it when the saved form changes",
          "type_name: port type \"lint.bare\": expected a name such as \"vendor.Name\", "
          "got \"lint.bare\"\n  hint: call it \"lint.Bare\"",
          "help: warning: port type \"lint.bare\": the help text only repeats the name, got "
          "\"Bare\"\n  hint: say in one sentence what it is: meaning, range, unit",
          "hooks: warning: port type \"lint.bare\": it has neither save and load hooks nor "
          "a memory hook: its values are made again in every process, and the memory cache "
          "counts them as nothing\n  hint: set save and load for data; set memory for "
          "everything that holds more than a few numbers"));
}

TEST(Lint, RunsNodesTwiceAndComparesTheirResults) {
  EXPECT_THAT(
      findings(unsteady(), " determinism progress "),
      ElementsAre("progress: node \"lint.Boasts\": it reports impossible progress: expected a step "
                  "from 0 to the number of steps, got step 5 of 4\n"
                  "  hint: call context.progress(finished, all)",
                  "progress: node \"lint.Boasts\": it reports impossible progress: expected a step "
                  "from 0 to the number of steps, got step 5 of 4\n"
                  "  hint: call context.progress(finished, all)",
                  "determinism: node \"lint.Counts\", output \"numbers\": two runs with the same "
                  "inputs gave different results: tensor \"numbers\", F32 [4], differs from value "
                  "3 on\n  hint: draw random numbers from a generator seeded by a param, and keep "
                  "no state",
                  "determinism: node \"lint.FailsLater\": of two runs with the same inputs one "
                  "failed: used up\n  hint: keep no state between runs",
                  "determinism: node \"lint.Reuses\", output \"numbers\": the result of a run "
                  "changed while the node ran again\n  hint: give each run tensors of its own"));
}

TEST(Lint, NoticesNodesThatWriteToTheirInputs) {
  EXPECT_THAT(findings(unsteady(), " inputs_kept "),
              ElementsAre("inputs_kept: node \"lint.Overwrites\": it wrote to its inputs, which "
                          "other nodes and the cache share\n  hint: work on a copy: tensor.clone() "
                          "before operations that end in _"));
}

TEST(Lint, ComparesTheHooksOfAPortTypeWithItsValues) {
  EXPECT_THAT(
      findings(unsteady(), " round_trip memory preview hooks_failed "),
      ElementsAre(
          "round_trip: node \"lint.Overwrites\", output \"crooked\": a lint.Crooked that "
          "was saved and loaded is another one: tensor \"numbers\", F32 [1000], differs "
          "from value 2 on\n  hint: make load the exact inverse of save",
          "memory: warning: node \"lint.Overwrites\", output \"crooked\": expected a memory "
          "hook that counts about 4000 bytes, got 0 bytes\n"
          "  hint: add up the bytes of what the value keeps alive",
          "preview: node \"lint.Overwrites\", output \"crooked\": the preview has a wrong "
          "size: expected 12 bytes for 2 x 2 px, got 3\n"
          "  hint: give width x height x 3 bytes"));
}

TEST(Lint, SaysWhatItDidNotRunAndWhy) {
  EXPECT_THAT(unsteady().ran, ElementsAre("lint.Boasts", "lint.Counts", "lint.FailsLater",
                                          "lint.Overwrites", "lint.Reuses", "lint.Steady"));
  std::vector<std::string> skipped;
  for (const LintSkip& skip : unsteady().skipped) skipped.push_back(skip.node + ": " + skip.why);
  EXPECT_THAT(skipped,
              ElementsAre("lint.Needs: its input \"bare\" needs a value of type lint.bare, which "
                          "cannot be made up",
                          "lint.Refuses: it refused the made-up inputs: not today"));
}

TEST(Lint, TellsWhichNodeRunsNext) {
  std::vector<std::string> nodes;
  lint_plugin(plugin_path("unsteady"),
              [&](const LintReport&, const std::string& node) { nodes.push_back(node); });
  ASSERT_GE(nodes.size(), 3U);
  EXPECT_EQ(nodes.front(), "lint.Boasts");
  EXPECT_EQ(nodes[1], "lint.Boasts");
  EXPECT_EQ(nodes.back(), "");
}

}  // namespace
}  // namespace calotype
