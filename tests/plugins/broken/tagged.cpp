// A library with a tag that the build chooses and aliases that may not fit. Its static initialiser
// ends the process: a host that refuses the library by its tag never gets there.
#include <calotype/plugin_entry.h>
#include <boost/dll/alias.hpp>
#include <cstdlib>

namespace broken {
namespace {

consteval calotype::PluginAbi tag() {
  auto abi = calotype::make_plugin_abi("test.tagged", "1", CALOTYPE_TORCH_MINOR);
  TEST_CHANGE;
  return abi;
}

__attribute__((section("calotype_abi"), used)) constexpr calotype::PluginAbi abi = tag();

struct Ends {
  Ends() { std::_Exit(77); }
} const ends;

}  // namespace
}  // namespace broken

BOOST_DLL_ALIAS(broken::abi, TEST_ALIAS)
