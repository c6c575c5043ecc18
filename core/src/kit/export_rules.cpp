#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "calotype/mapped_file.h"
#include "kit/lint_rules.h"
#include "plugin/abi.h"

namespace calotype {

namespace {

struct DynamicSymbol {
  std::string name;
  bool unique = false;  ///< STB_GNU_UNIQUE: one copy for all libraries of the process
};

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? std::string(text.get()) : symbol;
}

/// `count` records at `offset`; none when they do not lie within the file, which load_plugin has
/// checked before.
template <class T>
std::vector<T> elf_records(std::span<const std::byte> file, std::uint64_t offset,
                           std::uint64_t count) {
  if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) return {};
  std::vector<T> all(count);
  if (count > 0) std::memcpy(all.data(), file.data() + offset, count * sizeof(T));
  return all;
}

/// What the library defines for others to see.
std::vector<DynamicSymbol> defined_symbols(std::span<const std::byte> file) {
  std::vector<DynamicSymbol> found;
  const auto headers = elf_records<Elf64_Ehdr>(file, 0, 1);
  if (headers.empty()) return found;
  const auto sections =
      elf_records<Elf64_Shdr>(file, headers.front().e_shoff, headers.front().e_shnum);
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections.size()) continue;
    const Elf64_Shdr& names = sections[section.sh_link];
    const auto texts = elf_records<char>(file, names.sh_offset, names.sh_size);
    for (const Elf64_Sym& symbol :
         elf_records<Elf64_Sym>(file, section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
      const auto bind = ELF64_ST_BIND(symbol.st_info);
      if (symbol.st_shndx == SHN_UNDEF || bind == STB_LOCAL) continue;
      if (symbol.st_name >= texts.size()) continue;
      const char* const name = texts.data() + symbol.st_name;
      found.push_back({std::string(name, ::strnlen(name, texts.size() - symbol.st_name)),
                       bind == STB_GNU_UNIQUE});
    }
  }
  return found;
}

}  // namespace

void check_exports(LintSink& sink) {
  const MappedFile file = map_file(sink.plugin().library);
  for (const DynamicSymbol& symbol : defined_symbols(file.bytes)) {
    if (symbol.name == kAbiAlias || symbol.name == kRegisterAlias) continue;
    if (symbol.unique) {
      sink.error({}, {},
                 fmt::format("it shares the symbol {} with every other library of the process",
                             quote(readable(symbol.name))),
                 "build it with calotype_add_plugin, which passes -fno-gnu-unique");
    } else {
      sink.error({}, {}, "it exports the symbol " + quote(readable(symbol.name)),
                 "build it with calotype_add_plugin, which hides all but the two aliases of "
                 "CALOTYPE_PLUGIN");
    }
  }
}

}  // namespace calotype
