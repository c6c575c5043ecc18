#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string>

#include "plugin/elf_check.h"
#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::in_child;
using test::load_message;
using test::read_bytes;
using test::test_plugin;

const char* const kCopy = "\n  hint: copy or build it again";
const char* const kBuilt = "\n  hint: a plugin is built with calotype_add_plugin";

/// The message for a file with these bytes, without the path in front.
std::string message_for(const std::string& bytes) {
  const test::TempDir dir;
  const std::string path = std::filesystem::canonical(dir.write("p.so", bytes)).string();
  const std::string message = in_child([&] { return load_message(path); });
  return message.rfind(path + ": ", 0) == 0 ? message.substr(path.size() + 2) : message;
}

std::string with_header(const std::function<void(Elf64_Ehdr&)>& change) {
  std::string bytes = read_bytes(test_plugin("good"));
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

TEST(DamagedLibrary, NeverKillsTheHostWhereverItWasCutOff) {
  const std::string whole = read_bytes(test_plugin("good"));
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const std::size_t size = random() % whole.size();
    const std::string message = message_for(whole.substr(0, size));
    if (size < 4) continue;
    const std::string expected = "the library is cut off: it should have at least ";
    EXPECT_EQ(message.substr(0, expected.size()), expected) << size << ": " << message;
    EXPECT_NE(message.find(" bytes, got " + std::to_string(size) + kCopy), message.npos) << message;
  }
}

TEST(DamagedLibrary, KillsAHostThatTrustsTheDynamicLoader) {
  // Why the check exists: without it some of the files above end the process.
  const std::string whole = read_bytes(test_plugin("good"));
  const test::TempDir dir;
  int killed = 0;
  for (std::size_t size = 4096; size < whole.size(); size += 4096) {
    const auto file = dir.write("p.so", whole.substr(0, size));
    const std::string end = in_child([&]() -> std::string {
      return ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) ? "loaded" : "refused";
    });
    killed += end != "loaded" && end != "refused";
  }
  EXPECT_GT(killed, 0);
}

TEST(DamagedLibrary, SaysWhatIsNoLibrary) {
  EXPECT_EQ(message_for(""),
            "this is not a shared library: the file is empty" + std::string(kBuilt));
  EXPECT_EQ(message_for("#!/bin/sh\necho no\n"),
            "this is not a shared library: it does not begin like one" + std::string(kBuilt));
  EXPECT_EQ(message_for("\177EL"),
            "this is not a shared library: it does not begin like one" + std::string(kBuilt));
  EXPECT_EQ(
      message_for(with_header([](Elf64_Ehdr& h) { h.e_type = ET_REL; })),
      "this is not a shared library: it is a program or an object file" + std::string(kBuilt));
}

TEST(DamagedLibrary, SaysForWhichMachineItWasBuilt) {
#if defined(__x86_64__)
  const std::string ours = "x86-64", other = "aarch64";
  const std::uint16_t machine = EM_AARCH64;
#else
  const std::string ours = "aarch64", other = "x86-64";
  const std::uint16_t machine = EM_X86_64;
#endif
  const std::string start = "the library was built for another machine: expected " + ours;
  const std::string hint = "\n  hint: build it on this kind of machine";
  EXPECT_EQ(message_for(with_header([&](Elf64_Ehdr& h) { h.e_machine = machine; })),
            start + ", got " + other + hint);
  EXPECT_EQ(message_for(with_header([](Elf64_Ehdr& h) {
              h.e_ident[EI_CLASS] = ELFCLASS32;
              h.e_machine = EM_386;
            })),
            start + ", got i386" + hint);
  EXPECT_EQ(message_for(with_header([](Elf64_Ehdr& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; })),
            start + ", got another byte order" + hint);
}

TEST(DamagedLibrary, FindsPartsThatLieOutsideTheFile) {
  EXPECT_EQ(message_for(with_header([](Elf64_Ehdr& h) { h.e_phoff = UINT64_MAX - 8; })),
            "the library is damaged: one of its parts has an impossible size" + std::string(kCopy));
  EXPECT_EQ(message_for(with_header([](Elf64_Ehdr& h) { h.e_phentsize = 8; })),
            "the library is damaged: its program headers have a wrong size" + std::string(kCopy));
  EXPECT_EQ(
      message_for(with_header([](Elf64_Ehdr& h) { h.e_shstrndx = 0xfff0; })),
      "the library is damaged: it names a section that it does not have" + std::string(kCopy));
}

TEST(DamagedLibrary, IsExaminedSafelyWhateverBytesItHas) {
  const std::string whole = read_bytes(test_plugin("good"));
  const test::TempDir dir;
  std::mt19937_64 random(11);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = whole;
    const std::size_t region = i % 2 ? 1024 : bytes.size();
    for (int n = 0; n < 8; ++n) bytes[random() % region] = static_cast<char>(random());
    // The section headers too, which lie at the end.
    bytes[bytes.size() - 1 - random() % 1024] = static_cast<char>(random());
    try {
      check_elf(TrustedFile(dir.write("p.so", bytes)));
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::plugin);
      ++refused;
    }
  }
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace calotype
