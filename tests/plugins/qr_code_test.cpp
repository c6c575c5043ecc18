#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "calotype/plugin.h"
#include "calotype/types.h"
#include "calotype/types/aten.h"

namespace calotype {
namespace {

struct QrParams {
  std::string text = "HTTPS://EXAMPLE.ORG/CAT";
  std::string error_correction = "medium";
  std::int64_t width = 256;
  std::int64_t border = 4;
  std::optional<std::int64_t> mask;
  std::string dark = "#000000";
  std::string light = "#ffffff";
};

/// The node of the built plugin, called as the engine calls it. That its codes can be read is
/// tested in tests/cli/qr_code_test.py, with another program's reader.
class QrCodePlugin : public testing::Test {
 protected:
  QrCodePlugin() { load_plugin(registry_, CALOTYPE_BINARY_DIR "/lib/calotype/plugins/qr_code.so"); }

  struct Drawn {
    at::Tensor pixels;
    at::Tensor alpha;
  };
  Drawn run(const QrParams& p) {
    RunContext context(
        {}, {.on_warning = [this](const std::string& text) { warnings_.push_back(text); }});
    std::vector<ParamValue> params(7);
    params[0] = p.text;
    params[1] = p.error_correction;
    params[2] = p.width;
    params[3] = p.border;
    if (p.mask) params[4] = *p.mask;
    params[5] = p.dark;
    params[6] = p.light;
    const std::vector<Value> out = registry_.node("example.QRCode")->run({{}, params, context});
    return {out.at(0).as<Image>().pixels, out.at(1).as<Mask>().alpha};
  }
  std::string error_of(const QrParams& p) {
    try {
      run(p);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }

  Registry registry_;
  std::vector<std::string> warnings_;
};

TEST_F(QrCodePlugin, DrawsSquaresOfWholePixelsInTheMiddle) {
  // Version 2 has 25 modules, 33 with the border: 7 px each, 256 - 25 * 7 = 81 px around.
  const Drawn drawn = run({});
  ASSERT_EQ(drawn.alpha.sizes(), (std::vector<std::int64_t>{1, 1, 256, 256}));
  const at::Tensor inner = drawn.alpha[0][0].slice(0, 40, 40 + 175).slice(1, 40, 40 + 175);
  EXPECT_EQ(inner.sum().item<float>(), drawn.alpha.sum().item<float>());
  const at::Tensor modules = inner.slice(0, 0, 175, 7).slice(1, 0, 175, 7);
  EXPECT_TRUE(at::equal(modules.repeat_interleave(7, 0).repeat_interleave(7, 1), inner));
  // The finder patterns: 7 dark modules, then a light one.
  for (const at::Tensor& row : {modules[0], modules.select(1, 0), modules[24]}) {
    EXPECT_TRUE(at::equal(row.slice(0, 0, 8), at::tensor({1, 1, 1, 1, 1, 1, 1, 0}).to(at::kFloat)));
  }
}

TEST_F(QrCodePlugin, PaintsTheMaskInTheTwoColours) {
  const Drawn drawn = run({.dark = "#0a1e64", .light = "#FF8000"});
  const auto painted = [&](float where, const std::vector<float>& colour) {
    const at::Tensor match = drawn.pixels * 255 == at::tensor(colour).view({1, 3, 1, 1});
    return at::equal(match.all(1, true), drawn.alpha == where);
  };
  EXPECT_TRUE(painted(1, {10, 30, 100}));
  EXPECT_TRUE(painted(0, {255, 128, 0}));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(QrCodePlugin, WarnsWhenDarkIsNotDarker) {
  run({.dark = "#ffffff", .light = "#000000"});
  EXPECT_EQ(warnings_, (std::vector<std::string>{
                           "the dark colour is not darker than the light one: many readers need "
                           "that"}));
}

TEST_F(QrCodePlugin, HoldsExactlyWhatTheStandardSays) {
  struct Case {
    const char* level;
    std::size_t digits, capitals, bytes;
  };
  for (const Case& c : {Case{"low", 7089, 4296, 2953}, Case{"medium", 5596, 3391, 2331},
                        Case{"quartile", 3993, 2420, 1663}, Case{"high", 3057, 1852, 1273}}) {
    const auto refusal = [&](char character, std::size_t capacity, const std::string& unit) {
      QrParams p{.error_correction = c.level, .width = 1024};
      p.text = std::string(capacity, character);
      EXPECT_EQ(error_of(p), "no error") << c.level << unit;
      p.text += character;
      const std::string hint = p.error_correction == "low"
                                   ? "shorten the text"
                                   : "shorten the text, or lower error_correction";
      EXPECT_EQ(error_of(p), "the text has " + std::to_string(capacity + 1) + " " + unit +
                                 "; a QR code with error_correction \"" + c.level + "\" holds " +
                                 std::to_string(capacity) + "\n  hint: " + hint);
    };
    refusal('7', c.digits, "digits");
    refusal('A', c.capitals, "digits and capitals");
    refusal('a', c.bytes, "bytes");
  }
}

TEST_F(QrCodePlugin, RefusesAWidthThatIsTooSmallForTheModules) {
  EXPECT_EQ(error_of({.width = 32}),
            "the code is 33 modules wide with its border, more than the width of 32 px\n"
            "  hint: set width to at least 40");
  EXPECT_EQ(error_of({.width = 40}), "no error");
  EXPECT_EQ(error_of({.width = 32, .border = 0}), "no error");
}

TEST_F(QrCodePlugin, RefusesAnEmptyText) {
  EXPECT_EQ(error_of({.text = ""}), "the text is empty\n  hint: set text");
}

TEST_F(QrCodePlugin, RefusesTextsThatAreNoColours) {
  for (const char* bad :
       {"", "#", "black", "#12345", "#1234567", "#12345g", "#-12345", "1234567"}) {
    EXPECT_EQ(
        error_of({.dark = bad}),
        "param \"dark\": expected a colour such as \"#ff8000\", got \"" + std::string(bad) + "\"");
  }
  EXPECT_EQ(error_of({.light = "#ffffff\n"}),
            "param \"light\": expected a colour such as \"#ff8000\", got \"#ffffff\\u000a\"");
}

TEST_F(QrCodePlugin, TakesTheMaskThatItIsTold) {
  const at::Tensor chosen = run({}).alpha;
  int equal = 0;
  for (std::int64_t mask = 0; mask < 8; ++mask) {
    if (at::equal(run({.mask = mask}).alpha, chosen)) ++equal;
  }
  EXPECT_EQ(equal, 1);
}

TEST_F(QrCodePlugin, KeepsWhatFollowsAZeroByte) {
  const at::Tensor cut = run({.text = "one"}).alpha;
  EXPECT_FALSE(at::equal(run({.text = std::string("one\0two", 7)}).alpha, cut));
}

TEST_F(QrCodePlugin, DeclaresWhatItTakes) {
  const NodeSchema& schema = *registry_.schema("example.QRCode");
  EXPECT_EQ(schema.plugin, "example.qr_code");
  EXPECT_TRUE(schema.param("text")->required);
  EXPECT_EQ(schema.param("width")->multiple_of, 8);
  EXPECT_EQ(schema.param("mask")->max, 7.0);
  EXPECT_EQ(schema.output("mask")->type, "Mask");
}

}  // namespace
}  // namespace calotype
