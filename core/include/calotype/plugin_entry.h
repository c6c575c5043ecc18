#pragma once
/// What the one source file of a plugin includes to become a plugin. See docs/writing-a-plugin.md.
#include <boost/dll/alias.hpp>
#include <cstddef>

#include "calotype/plugin.h"

// calotype_add_plugin() defines it, through the target of libtorch, for plugins that link one.
#ifndef CALOTYPE_TORCH_MINOR
#define CALOTYPE_TORCH_MINOR "none"
#endif

namespace calotype {

#if !defined(_GLIBCXX_RELEASE)
inline constexpr char kCxxFamily[] = "libc++";
#elif _GLIBCXX_USE_CXX11_ABI
inline constexpr char kCxxFamily[] = "libstdc++-cxx11";
#else
inline constexpr char kCxxFamily[] = "libstdc++-old";
#endif

/// The tag of the plugin that is being compiled. Does not compile when a text is too long for it.
template <std::size_t I, std::size_t V, std::size_t T>
consteval PluginAbi make_plugin_abi(const char (&id)[I], const char (&version)[V],
                                    const char (&torch)[T]) {
  static_assert(I > 1 && I <= sizeof(PluginAbi::id), "the plugin id has 1 to 63 bytes");
  static_assert(V > 1 && V <= sizeof(PluginAbi::version), "the version has 1 to 31 bytes");
  static_assert(T <= sizeof(PluginAbi::torch));
  PluginAbi abi{kPluginMagic, sizeof(PluginAbi), kPluginApi, {}, {}, {}, {}};
  for (std::size_t i = 0; i < I; ++i) abi.id[i] = id[i];
  for (std::size_t i = 0; i < V; ++i) abi.version[i] = version[i];
  for (std::size_t i = 0; i < T; ++i) abi.torch[i] = torch[i];
  for (std::size_t i = 0; i < sizeof(kCxxFamily); ++i) abi.cxx[i] = kCxxFamily[i];
  return abi;
}

}  // namespace calotype

/// Makes this library a plugin. Once per library, at global scope, without a semicolon:
///   CALOTYPE_PLUGIN("vendor.name", "1.0.0", register_nodes)
/// where `void register_nodes(calotype::Registrar&)` adds the node types. Exports nothing but two
/// Boost.DLL aliases whose names hold kPluginApi. The tag lies in a section of its own, so that a
/// host reads it from the file before any code of the plugin runs.
#define CALOTYPE_PLUGIN(id, version, register_nodes)                                   \
  namespace calotype_plugin_entry {                                                    \
  namespace {                                                                          \
  __attribute__((section("calotype_abi"), used)) constexpr ::calotype::PluginAbi abi = \
      ::calotype::make_plugin_abi(id, version, CALOTYPE_TORCH_MINOR);                  \
  void enter(::calotype::Registrar& registrar) { register_nodes(registrar); }          \
  }                                                                                    \
  }                                                                                    \
  static_assert(::calotype::kPluginApi == 2, "the alias names below hold the number"); \
  BOOST_DLL_ALIAS(calotype_plugin_entry::abi, calotype_plugin_abi_2)                   \
  BOOST_DLL_ALIAS(calotype_plugin_entry::enter, calotype_plugin_register_2)
