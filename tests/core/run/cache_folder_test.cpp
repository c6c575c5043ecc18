#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "calotype/cache.h"
#include "support/run_helpers.h"

namespace calotype::test {
namespace {

/// Sets the three variables and puts the old values back.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& values) {
    for (const char* name : {"CALOTYPE_CACHE_DIR", "XDG_CACHE_HOME", "HOME"}) {
      const char* old = std::getenv(name);
      before_[name] = old ? std::optional<std::string>(old) : std::nullopt;
      const auto found = values.find(name);
      set(name, found == values.end() ? std::nullopt : std::optional(found->second));
    }
  }
  ~Environment() {
    for (const auto& [name, value] : before_) set(name, value);
  }

 private:
  static void set(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
      setenv(name.c_str(), value->c_str(), 1);
    } else {
      unsetenv(name.c_str());
    }
  }
  std::map<std::string, std::optional<std::string>> before_;
};

TEST(CacheFolder, IsTheOwnVariableFirst) {
  const Environment e({{"CALOTYPE_CACHE_DIR", "/c"}, {"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}});
  EXPECT_EQ(default_cache_folder(), "/c");
}

TEST(CacheFolder, IsBelowTheUsersCacheFolder) {
  const Environment e({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}});
  EXPECT_EQ(default_cache_folder(), "/x/calotype");
}

TEST(CacheFolder, IsBelowHomeWhenTheOtherIsRelative) {
  const Environment e({{"XDG_CACHE_HOME", "x"}, {"HOME", "/h"}});
  EXPECT_EQ(default_cache_folder(), "/h/.cache/calotype");
}

TEST(CacheFolder, IsAnErrorWithoutAnyVariable) {
  const Environment e({});
  EXPECT_EQ(error_of([] { (void)default_cache_folder(); }),
            "no cache folder: neither HOME nor XDG_CACHE_HOME is set\n"
            "  hint: set CALOTYPE_CACHE_DIR");
}

}  // namespace
}  // namespace calotype::test
