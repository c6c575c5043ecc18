// Tensors and storages that do not fit their bytes: each is refused with its own text.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "calotype/error.h"
#include "calotype/torch_file.h"
#include "support/bad_file.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"

namespace calotype {
namespace {

using namespace test;

constexpr std::int64_t kHuge = std::int64_t{1} << 62;

std::string floats(std::string_view key = "0", std::int64_t elements = 6) {
  return storage("FloatStorage", key, elements);
}

std::string v2(const std::vector<std::string>& arguments) {
  return call("torch._utils", "_rebuild_tensor_v2", tuple(arguments));
}

const std::string kPair = integers({6}), kOne = integers({1}), kFalse = "\x89", kHooks = "}";

std::vector<BadFile> storages() {
  const std::string named = text("storage"), type = global("torch", "FloatStorage");
  return {
      {"NegativeElements", floats("0", -1),
       at_byte(68, "the number of elements of a persistent id: expected 0 or more, got -1")},
      {"HugeElements", floats("0", kHuge),
       at_byte(68, "storage \"0\" overflows 64 bits, got 4611686018427387904 elements of F32")},
      {"HugeElementsOfBytes", tensor(storage("ByteStorage", "0", kHuge), 0, {1}, {1}),
       "entry \"m/data/0\": the entry is shorter than its storage: expected 4611686018427387904 "
       "bytes, got 24"},
      {"EntryShorterThanStorage", tensor(floats("0", 7), 0, {7}, {1}),
       "entry \"m/data/0\": the entry is shorter than its storage: expected 28 bytes, got 24"},
      {"KeyWithPath", tensor(floats("../../x"), 0, {6}, {1}),
       "storage \"../../x\" is not in the file"},
      {"AbsentKey", tensor(floats("7"), 0, {6}, {1}), "storage \"7\" is not in the file"},
      {"OneKeyTwoTypes", tuple({floats("0", 6), storage("IntStorage", "0", 6)}),
       at_byte(110, "storage \"0\" is described twice: expected 6 elements of F32, got 6 of I32")},
      {"OneKeyTwoSizes", tuple({floats("0", 6), floats("0", 5)}),
       at_byte(112, "storage \"0\" is described twice: expected 6 elements of F32, got 5 of F32")},
      {"UnknownType", storage("QInt8Storage", "0", 6),
       at_byte(60, "storages of type torch.QInt8Storage are not read")},
      {"FourFields", tuple({named, type, text("0"), text("cpu")}) + "Q",
       at_byte(58,
               "a persistent id got other arguments than PyTorch writes: expected 5 to 6, got 4")},
      {"TypeIsText",
       tuple({named, text("torch.FloatStorage"), text("0"), text("cpu"), "K\6"}) + "Q",
       at_byte(63, "the type of a persistent id: expected a name, got a text")},
      {"KeyIsNumber", tuple({named, type, "K\7", text("cpu"), "K\6"}) + "Q",
       at_byte(56, "the key of a persistent id: expected a text, got an integer")},
      {"ElementsAreReal",
       tuple({named, type, text("0"), text("cpu"), "G\x40\x18\1\1\1\1\1\1"}) + "Q",
       at_byte(
           67,
           "the number of elements of a persistent id: expected an integer, got a real number")},
      {"ElementsAreLong",
       tuple({named, type, text("0"), text("cpu"), "\x8a\xff" + std::string(255, '\1')}) + "Q",
       at_byte(315,
               "the number of elements of a persistent id: expected an integer, got a long "
               "integer")},
      {"OtherPersistentId", tuple({text("module"), type, text("0"), text("cpu"), "K\6"}) + "Q",
       at_byte(59, "a persistent id: expected a storage, got something else")},
      {"ViewBehindStorage",
       tuple({named, type, text("0"), text("cpu"), "K\6",
              tuple({text("v"), integer(4), integer(3)})}) +
           "Q",
       at_byte(72,
               "the view of storage \"0\" ends behind it: expected at most 6 elements, got 3 from "
               "element 4")},
      {"BareStorage", floats(), "tensor \"w\": it is a bare storage, expected a tensor"},
  };
}

std::vector<BadFile> bounds() {
  const auto leaves = [](const std::string& shape, const std::string& stride, std::int64_t offset,
                         const std::string& reached) {
    return fmt::format(
        "tensor \"w\": shape [{}], stride [{}] and offset {} leave the storage: expected at most 6 "
        "elements, got {}",
        shape, stride, offset, reached);
  };
  return {
      {"OffsetBehindTheEnd", tensor(floats(), 6, {1}, {1}), leaves("1", "1", 6, "7")},
      {"OffsetOfEmptyBehindTheEnd", tensor(floats(), 7, {0}, {1}), leaves("0", "1", 7, "7")},
      {"HugeOffset", tensor(floats(), kHuge, {1}, {1}),
       leaves("1", "1", kHuge, "4611686018427387905")},
      {"ShapeBehindTheEnd", tensor(floats(), 0, {7}, {1}), leaves("7", "1", 0, "7")},
      {"StrideBehindTheEnd", tensor(floats(), 0, {2, 3}, {4, 1}), leaves("2, 3", "4, 1", 0, "7")},
      {"HugeStride", tensor(floats(), 0, {2}, {kHuge}),
       leaves("2", "4611686018427387904", 0, "4611686018427387905")},
      {"WrappingStride", tensor(floats(), 0, {5}, {kHuge}),
       leaves("5", "4611686018427387904", 0, "more than 64 bits can count")},
      {"WrappingSum", tensor(floats(), 6, {4, 2}, {kHuge, kHuge}),
       leaves("4, 2", "4611686018427387904, 4611686018427387904", 6,
              "more than 64 bits can count")},
      {"ShapeProductOverflows",
       tensor(floats(), 0, {std::int64_t{1} << 32, std::int64_t{1} << 32}, {0, 0}),
       "tensor \"w\": the shape [4294967296, 4294967296] of F32 overflows 64 bits"},
      {"HugeDimension", tensor(floats(), 0, {std::int64_t{1} << 48}, {0}),
       "tensor \"w\": a dimension is out of range: expected 0 to 2^48 - 1, got 281474976710656"},
      {"RepeatedTooOften", tensor(floats(), 0, {std::int64_t{1} << 40}, {0}),
       "tensor \"w\": the tensors of the file that are no plain blocks take too much memory: "
       "expected at most 16777795 bytes more, got 4398046511104"},
  };
}

std::vector<BadFile> arguments() {
  return {
      {"NegativeStride", tensor(floats(), 5, {6}, {-1}),
       at_byte(142, "the stride of torch._utils._rebuild_tensor_v2: expected 0 or more, got -1")},
      {"NegativeDimension", tensor(floats(), 0, {-6}, {1}),
       at_byte(142, "the shape of torch._utils._rebuild_tensor_v2: expected 0 or more, got -6")},
      {"NegativeOffset", tensor(floats(), -1, {6}, {1}),
       at_byte(142, "the offset of torch._utils._rebuild_tensor_v2: expected 0 or more, got -1")},
      {"RankNine",
       tensor(floats(), 0, std::vector<std::int64_t>(9, 1), std::vector<std::int64_t>(9, 1)),
       at_byte(166,
               "the shape of torch._utils._rebuild_tensor_v2 has too many dimensions: expected at "
               "most 8, got 9")},
      {"StridesMissing", tensor(floats(), 0, {2, 3}, {1}),
       at_byte(136, "a tensor needs a stride for each dimension: expected 2, got 1")},
      {"StorageIsText", v2({text("0"), "K\1", kPair, kOne, kFalse, kHooks}),
       at_byte(63,
               "the storage of torch._utils._rebuild_tensor_v2: expected a storage, got a text")},
      {"ShapeIsList", v2({floats(), "K\1", "]", kOne, kFalse, kHooks}),
       at_byte(105, "the shape of torch._utils._rebuild_tensor_v2: expected a tuple, got a list")},
      {"ShapeHoldsText", v2({floats(), "K\1", tuple({text("6")}), kOne, kFalse, kHooks}),
       at_byte(112,
               "the shape of torch._utils._rebuild_tensor_v2: expected an integer, got a text")},
      {"ShapeHoldsLongInteger",
       v2({floats(), "K\1", tuple({"\x8a\x09" + std::string(9, '\1')}), kOne, kFalse, kHooks}),
       at_byte(117,
               "the shape of torch._utils._rebuild_tensor_v2: expected an integer, got a long "
               "integer")},
      {"FiveArguments", v2({floats(), "K\1", kPair, kOne, kFalse}),
       at_byte(107,
               "torch._utils._rebuild_tensor_v2 got other arguments than PyTorch writes: expected "
               "6 to 7, got 5")},
      {"ConjugateMark",
       v2({floats(), "K\1", kPair, kOne, kFalse, kHooks, dict({{"conj", "\x88"}})}),
       at_byte(121,
               "a tensor with a conjugate or negative mark is not read\n"
               "  hint: save it with resolve_conj() and resolve_neg()")},
      {"ParameterOfText",
       call("torch._utils", "_rebuild_parameter", tuple({text("x"), kFalse, kHooks})),
       at_byte(53, "the data of torch._utils._rebuild_parameter: expected a tensor, got a text")},
      {"UnknownElementType",
       call("torch._utils", "_rebuild_tensor_v3",
            tuple({tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"),
                          text("cpu"), "K\x18"}) +
                       "Q",
                   "K\1", kPair, kOne, kFalse, kHooks, global("torch", "qint8")})),
       at_byte(131, "elements of type torch.qint8 are not read")},
  };
}

class TorchTensorBad : public testing::TestWithParam<BadFile> {};

TEST_P(TorchTensorBad, IsRefusedWithItsText) {
  const TempDir dir;
  const auto file = dir.write(
      "bad.ckpt", torch_bytes(pickle(dict({{"w", GetParam().content}})), {std::string(24, '\1')}));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }), file.string() + ": " + GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Storage, TorchTensorBad, testing::ValuesIn(storages()), row_name);
INSTANTIATE_TEST_SUITE_P(Bounds, TorchTensorBad, testing::ValuesIn(bounds()), row_name);
INSTANTIATE_TEST_SUITE_P(Arguments, TorchTensorBad, testing::ValuesIn(arguments()), row_name);

}  // namespace
}  // namespace calotype
