#include "calotype/tensor_archive.h"

#include <utility>

namespace calotype {

namespace {

struct DTypeRow {
  std::string_view name;
  int bits;
};

// In the order of DType.
constexpr DTypeRow kDTypes[] = {
    {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},
    {"F16", 16},    {"BF16", 16},       {"I32", 32},        {"U32", 32},    {"F32", 32},
    {"I64", 64},    {"U64", 64},        {"F64", 64},        {"C64", 64},    {"F4", 4},
    {"F6_E2M3", 6}, {"F6_E3M2", 6},
};
static_assert(std::size(kDTypes) == static_cast<std::size_t>(DType::f6_e3m2) + 1);

}  // namespace

std::string_view dtype_name(DType t) { return kDTypes[static_cast<std::size_t>(t)].name; }
int dtype_bits(DType t) { return kDTypes[static_cast<std::size_t>(t)].bits; }

const ArchiveTensor* TensorArchive::find(std::string_view name) const {
  for (const ArchiveTensor& t : tensors) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

}  // namespace calotype
