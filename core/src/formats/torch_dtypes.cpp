#include <algorithm>
#include <array>
#include <utility>

#include "formats/torch_objects.h"

namespace calotype::torch_format {

namespace {

using Row = std::pair<std::string_view, DType>;

constexpr std::array kStorages = {
    Row{"torch.FloatStorage", DType::f32},        Row{"torch.HalfStorage", DType::f16},
    Row{"torch.BFloat16Storage", DType::bf16},    Row{"torch.DoubleStorage", DType::f64},
    Row{"torch.LongStorage", DType::i64},         Row{"torch.IntStorage", DType::i32},
    Row{"torch.ShortStorage", DType::i16},        Row{"torch.CharStorage", DType::i8},
    Row{"torch.ByteStorage", DType::u8},          Row{"torch.BoolStorage", DType::boolean},
    Row{"torch.ComplexFloatStorage", DType::c64}, Row{"torch.storage.UntypedStorage", DType::u8},
};

constexpr std::array kElements = {
    Row{"torch.float32", DType::f32},
    Row{"torch.float16", DType::f16},
    Row{"torch.bfloat16", DType::bf16},
    Row{"torch.float64", DType::f64},
    Row{"torch.int64", DType::i64},
    Row{"torch.int32", DType::i32},
    Row{"torch.int16", DType::i16},
    Row{"torch.int8", DType::i8},
    Row{"torch.uint8", DType::u8},
    Row{"torch.uint16", DType::u16},
    Row{"torch.uint32", DType::u32},
    Row{"torch.uint64", DType::u64},
    Row{"torch.bool", DType::boolean},
    Row{"torch.complex64", DType::c64},
    Row{"torch.float8_e5m2", DType::f8_e5m2},
    Row{"torch.float8_e4m3fn", DType::f8_e4m3},
    Row{"torch.float8_e8m0fnu", DType::f8_e8m0},
    Row{"torch.float8_e4m3fnuz", DType::f8_e4m3fnuz},
    Row{"torch.float8_e5m2fnuz", DType::f8_e5m2fnuz},
};

constexpr std::array<std::string_view, 10> kOthers = {
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch.Size",
    "collections.OrderedDict",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "_codecs.encode",
};

template <class Table>
std::optional<DType> look_up(const Table& table, std::string_view name) {
  for (const auto& [row_name, dtype] : table) {
    if (row_name == name) return dtype;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DType> storage_dtype(std::string_view global) { return look_up(kStorages, global); }

std::optional<DType> element_dtype(std::string_view global) { return look_up(kElements, global); }

bool is_known_global(std::string_view name) {
  return storage_dtype(name) || element_dtype(name) ||
         std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

}  // namespace calotype::torch_format
