#include "plugin/elf_check.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "plugin/plugin_error.h"

namespace calotype {

namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "add the ELF number of this machine"
#endif
constexpr unsigned char kByteOrder =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
constexpr std::uint64_t kMaxTable = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxTag = 4096;
constexpr std::string_view kPrefix = "calotype_plugin_";

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i386";
    case EM_ARM:
      return "arm";
    default:
      return fmt::format("ELF machine {}", machine);
  }
}

class ElfReader {
 public:
  explicit ElfReader(const TrustedFile& file) : file_(file) {}

  ElfFacts check() {
    read_header();
    check_segments();
    read_sections();
    return {exports(), tag()};
  }

 private:
  /// `count` records of type T; the size was checked by the caller or is checked by read().
  template <class T>
  std::vector<T> records(std::uint64_t offset, std::uint64_t count) const {
    if (count > kMaxTable / sizeof(T)) damaged("one of its tables is far too long");
    const std::string bytes = file_.read(offset, count * sizeof(T));
    std::vector<T> all(count);
    if (count > 0) std::memcpy(all.data(), bytes.data(), bytes.size());
    return all;
  }

  [[noreturn]] void damaged(const std::string& why) const {
    throw plugin_error(file_.path(), "the library is damaged: " + why, "copy or build it again");
  }

  [[noreturn]] void no_library(const std::string& why) const {
    throw plugin_error(file_.path(), "this is not a shared library: " + why,
                       "a plugin is built with calotype_add_plugin");
  }

  void read_header() {
    const std::uint64_t size = file_.identity().size;
    if (size == 0) no_library("the file is empty");
    const std::string magic = file_.read(0, std::min<std::uint64_t>(size, SELFMAG));
    if (magic != std::string_view(ELFMAG, SELFMAG)) no_library("it does not begin like one");
    if (size < sizeof(Elf64_Ehdr)) cut_off(sizeof(Elf64_Ehdr));
    header_ = records<Elf64_Ehdr>(0, 1).front();
    const bool same_kind = header_.e_ident[EI_CLASS] == ELFCLASS64 &&
                           header_.e_ident[EI_DATA] == kByteOrder && header_.e_machine == kMachine;
    if (!same_kind) {
      const bool readable = header_.e_ident[EI_DATA] == kByteOrder;
      throw plugin_error(
          file_.path(),
          fmt::format("the library was built for another machine: expected {}, got {}",
                      machine_name(kMachine),
                      readable ? machine_name(header_.e_machine) : "another byte order"),
          "build it on this kind of machine");
    }
    if (header_.e_type != ET_DYN) no_library("it is a program or an object file");
    if (header_.e_phentsize != sizeof(Elf64_Phdr)) damaged("its program headers have a wrong size");
    if (header_.e_shentsize != sizeof(Elf64_Shdr)) damaged("its section headers have a wrong size");
  }

  [[noreturn]] void cut_off(std::uint64_t needed) const {
    throw plugin_error(
        file_.path(),
        fmt::format("the library is cut off: it should have at least {} bytes, got {}", needed,
                    file_.identity().size),
        "copy or build it again");
  }

  /// Throws unless [offset, offset + size) lies within the file.
  void check_extent(std::uint64_t offset, std::uint64_t size) const {
    if (size > UINT64_MAX - offset) damaged("one of its parts has an impossible size");
    if (offset + size > file_.identity().size) cut_off(offset + size);
  }

  void check_segments() const {
    check_extent(header_.e_phoff, std::uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr));
    bool loads = false;
    bool dynamic = false;
    for (const Elf64_Phdr& segment : records<Elf64_Phdr>(header_.e_phoff, header_.e_phnum)) {
      check_extent(segment.p_offset, segment.p_filesz);
      if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz) {
        damaged("one of its segments is longer in the file than in memory");
      }
      loads |= segment.p_type == PT_LOAD;
      dynamic |= segment.p_type == PT_DYNAMIC;
    }
    if (!loads || !dynamic) no_library("it has nothing that can be loaded");
  }

  void read_sections() {
    check_extent(header_.e_shoff, std::uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr));
    sections_ = records<Elf64_Shdr>(header_.e_shoff, header_.e_shnum);
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_NOBITS) check_extent(section.sh_offset, section.sh_size);
    }
  }

  std::string strings(std::uint32_t section) const {
    if (section >= sections_.size()) damaged("it names a section that it does not have");
    const Elf64_Shdr& table = sections_[section];
    if (table.sh_type == SHT_NOBITS) damaged("a table of names has no content");
    if (table.sh_size > kMaxTable) damaged("one of its tables is far too long");
    return file_.read(table.sh_offset, table.sh_size);
  }

  /// The text at `offset`; empty when it lies outside the table.
  static std::string_view text_at(std::string_view table, std::uint64_t offset) {
    if (offset >= table.size()) return {};
    const std::string_view rest = table.substr(offset);
    return rest.substr(0, rest.find('\0'));
  }

  std::vector<std::string> exports() const {
    std::vector<std::string> names;
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type != SHT_DYNSYM) continue;
      const std::string texts = strings(section.sh_link);
      const auto symbols =
          records<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym));
      for (const Elf64_Sym& symbol : symbols) {
        const std::string_view name = text_at(texts, symbol.st_name);
        if (symbol.st_shndx != SHN_UNDEF && name.substr(0, kPrefix.size()) == kPrefix) {
          names.emplace_back(name);
        }
      }
    }
    return names;
  }

  std::string tag() const {
    if (sections_.empty()) return {};
    const std::string names = strings(header_.e_shstrndx);
    for (const Elf64_Shdr& section : sections_) {
      if (text_at(names, section.sh_name) != "calotype_abi") continue;
      if (section.sh_type == SHT_NOBITS || section.sh_size > kMaxTag) {
        damaged("its plugin tag has a wrong size");
      }
      return file_.read(section.sh_offset, section.sh_size);
    }
    return {};
  }

  const TrustedFile& file_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace

ElfFacts check_elf(const TrustedFile& file) { return ElfReader(file).check(); }

}  // namespace calotype
