// The bad files that every reader of safetensors should keep: each is refused with its own text.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "support/bad_file.h"
#include "support/safetensors_bytes.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using test::length_bytes;
using test::safetensors_bytes;

std::string one(std::string_view fields, std::size_t data_size = 4) {
  return safetensors_bytes(fmt::format(R"({{"w":{{{}}}}})", fields), data_size);
}

const std::string kGood = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";

std::string many(std::size_t count, std::string_view dtype, int shape, int end) {
  std::string header = "{";
  for (std::size_t i = 0; i < count; ++i) {
    header += fmt::format(R"({}"t{}":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}})",
                          i ? "," : "", i, dtype, shape, end);
  }
  return safetensors_bytes(header + "}", static_cast<std::size_t>(end));
}

std::vector<test::BadFile> frames() {
  const std::string header = fmt::format(R"({{"w":{{{}}}}})", kGood);
  return {
      {"Empty", "",
       "the file is too short for a safetensors file: expected at least 8 bytes, got 0"},
      {"SevenBytes", "\1\0\0\0\0\0\0",
       "the file is too short for a safetensors file: expected at least 8 bytes, got 1"},
      {"HeaderOfNoBytes", length_bytes(0), "the header is not valid JSON at byte 1, got \"\""},
      {"HeaderOfOneBrace", safetensors_bytes("{"),
       "the header is not valid JSON at byte 2, got \"{\""},
      {"LengthOfAllOnes", std::string(8, '\xff'),
       "this is not a safetensors file: its header would be too long: expected at most 100000000 "
       "bytes, got 18446744073709551615"},
      {"LengthOverTheLimitByOne", length_bytes(100'000'001),
       "this is not a safetensors file: its header would be too long: expected at most 100000000 "
       "bytes, got 100000001"},
      {"LengthBehindTheFileByOne", length_bytes(header.size() + 5) + header + "1234",
       "the header ends behind the end of the file: expected at most 58 bytes, got 59\n"
       "  hint: the file is cut off; fetch it again"},
      {"LengthOfTheLimitInTwentyBytes", length_bytes(100'000'000) + std::string(12, ' '),
       "the header ends behind the end of the file: expected at most 12 bytes, got 100000000\n"
       "  hint: the file is cut off; fetch it again"},
      {"PngNamedSafetensors", "\x89PNG\r\n\x1a\n123456",
       "this is a PNG picture, not a safetensors file\n"
       "  hint: give the path of the model, not of a picture"},
      {"PickleArchiveNamedSafetensors", std::string("PK\3\4\x14\0\0\0", 8),
       "this is a PyTorch pickle archive (.ckpt) or another ZIP file, not a safetensors file\n"
       "  hint: convert it to safetensors, or give it its own ending .ckpt so that it is read as "
       "one"},
      {"BarePickleNamedSafetensors", "\x80\x02}q\1X\2z",
       "this is a PyTorch pickle file (.ckpt), not a safetensors file\n"
       "  hint: convert it to safetensors, or give it its own ending .ckpt so that it is read as "
       "one"},
      {"GitLfsPointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
       "this is a Git LFS pointer, not a safetensors file\n"
       "  hint: fetch the file itself with git lfs pull"},
      {"WebPage", "<!DOCTYPE html><title>404</title>",
       "this is a web page, not a safetensors file\n"
       "  hint: the download failed: fetch the file itself, not its web page"},
  };
}

std::vector<test::BadFile> texts() {
  const std::string twin = fmt::format(R"({{"w":{{{0}}},"w":{{{0}}}}})", kGood);
  return {
      {"InvalidUtf8", safetensors_bytes("{\"\xff\":1}"), "the header is not valid UTF-8 at byte 3"},
      {"ByteOrderMark", safetensors_bytes("\xEF\xBB\xBF{}"),
       "the header starts with a UTF-8 byte order mark"},
      {"ListAsRoot", safetensors_bytes("[]"), "the header: expected a JSON object, got a list"},
      {"NumberAsRoot", safetensors_bytes("7"), "the header: expected a JSON object, got 7"},
      {"TwoValues", safetensors_bytes("{}{}"),
       "the header is not valid JSON at byte 3, got \"{}{\""},
      {"NulPadding", safetensors_bytes(std::string("{}\0\0", 4)),
       "the header contains a NUL byte at byte 3"},
      {"Nested100000Deep", safetensors_bytes(R"({"w":{"x":)" + std::string(100'000, '[')),
       "tensor \"w\": the header is nested deeper than 4 levels"},
      {"DuplicateTensorOtherOffsets",
       safetensors_bytes(
           fmt::format(R"({{"w":{{{}}},"w":{{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}}})",
                       kGood),
           8),
       "tensor \"w\": the tensor is listed twice"},
      {"DuplicateTensorSameOffsets", safetensors_bytes(twin, 4),
       "tensor \"w\": the tensor is listed twice"},
      {"DuplicateMetadata", safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})"),
       "the key \"__metadata__\" is given twice"},
      {"DuplicateMetadataKey", safetensors_bytes(R"({"__metadata__":{"a":"1","a":"1"}})"),
       "the key \"a\" is given twice"},
      {"DuplicateField", one(kGood + R"(,"dtype":"F32")"),
       "tensor \"w\": the key \"dtype\" is given twice"},
      {"DuplicateInExtraField", one(kGood + R"(,"x":{"a":1,"a":1})"),
       "tensor \"w\": the key \"a\" is given twice"},
      {"NumberInMetadata", safetensors_bytes(R"({"__metadata__":{"steps":20}})"),
       "entry \"steps\" of \"__metadata__\": expected a string, got 20"},
      {"MetadataIsList", safetensors_bytes(R"({"__metadata__":[]})"),
       "\"__metadata__\": expected an object, got a list"},
      {"TensorNamedMetadata",
       safetensors_bytes(fmt::format(R"({{"__metadata__":{{{}}}}})", kGood), 4),
       "entry \"shape\" of \"__metadata__\": expected a string, got a list"},
      {"EntryIsNumber", safetensors_bytes(R"({"w":1})"),
       "tensor \"w\": the entry: expected an object, got 1"},
      {"LoneSurrogate", safetensors_bytes(R"({"\ud800":1})"),
       "the header is not valid JSON at byte 9, got \"{\\\"\\\\ud800\\\"\""},
      {"NulInName", safetensors_bytes(R"({"a\u0000b":1})"),
       "tensor \"a\\u0000b\": the name contains the control character U+0000"},
      {"LineBreakInName", safetensors_bytes(R"({"a\nb":1})"),
       "tensor \"a\\u000ab\": the name contains the control character U+000A"},
      {"EmptyName", safetensors_bytes(R"({"":1})"), "a tensor has an empty name"},
      {"LongName", safetensors_bytes(fmt::format(R"({{"{}":1}})", std::string(1025, 'n'))),
       fmt::format("tensor \"{}\"...: the name is too long: expected at most 1024 bytes, got 1025",
                   std::string(200, 'n'))},
  };
}

std::vector<test::BadFile> fields() {
  return {
      {"NoDtype", one(R"("shape":[1],"data_offsets":[0,4])"), "tensor \"w\": \"dtype\" is missing"},
      {"NoShape", one(R"("dtype":"F32","data_offsets":[0,4])"),
       "tensor \"w\": \"shape\" is missing"},
      {"NoOffsets", one(R"("dtype":"F32","shape":[1])"),
       "tensor \"w\": \"data_offsets\" is missing"},
      {"LowerCaseDtype", one(R"("dtype":"f32","shape":[1],"data_offsets":[0,4])"),
       "tensor \"w\": \"dtype\" is unknown: expected a name such as \"F32\", \"F16\" or \"BF16\", "
       "got \"f32\""},
      {"DtypeIsNull", one(R"("dtype":null,"shape":[1],"data_offsets":[0,4])"),
       "tensor \"w\": \"dtype\": expected a string, got null"},
      {"NegativeDimension", one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got -1"},
      {"MinusZeroDimension", one(R"("dtype":"F32","shape":[-0],"data_offsets":[0,0])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got -0"},
      {"FractionalDimension", one(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got 1.0"},
      {"ExponentDimension", one(R"("dtype":"F32","shape":[1e3],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got 1e3"},
      {"TextDimension", one(R"("dtype":"F32","shape":["4"],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got \"4\""},
      {"NestedShape", one(R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got a nested list"},
      {"PlusSign", one(R"("dtype":"F32","shape":[+1],"data_offsets":[0,4])"),
       "the header is not valid JSON at byte 30, got "
       "\"\\\"dtype\\\":\\\"F32\\\",\\\"shape\\\":[+\""},
      {"HugeDimension", one(R"("dtype":"F32","shape":[281474976710656],"data_offsets":[0,4])"),
       "tensor \"w\": a dimension is out of range: expected 0 to 2^48 - 1, got 281474976710656"},
      {"DimensionBeyond64Bits",
       one(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4])"),
       "tensor \"w\": \"shape\": expected a list of non-negative integers, got "
       "18446744073709551616"},
      {"Rank9", one(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"),
       "tensor \"w\": the shape has too many dimensions: expected at most 8"},
      {"ShapeWrapsToZero",
       one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0),
       "tensor \"w\": the shape [4294967296, 4294967296] of F32 overflows 64 bits"},
      {"OverflowByDtypeOnly",
       one(R"("dtype":"F64","shape":[4294967296,4294967295],"data_offsets":[0,0])", 0),
       "tensor \"w\": the shape [4294967296, 4294967295] of F64 overflows 64 bits"},
      {"OneOffset", one(R"("dtype":"F32","shape":[1],"data_offsets":[0])"),
       "tensor \"w\": \"data_offsets\": expected a list of two non-negative integers, got 1 of "
       "them"},
      {"ThreeOffsets", one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])"),
       "tensor \"w\": \"data_offsets\": expected a list of two non-negative integers, got more "
       "than two"},
      {"ReversedOffsets", one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"),
       "tensor \"w\": \"data_offsets\" [4, 0] are reversed"},
      {"OddCountOfF4", one(R"("dtype":"F4","shape":[3],"data_offsets":[0,1])", 1),
       "tensor \"w\": the shape [3] of F4 does not fill whole bytes"},
      {"OffsetsDoNotMatchShape", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
       "tensor \"w\": \"data_offsets\" [0, 4] do not match the shape: expected 8 bytes for F32 "
       "[2], got 4"},
      {"Overlap100000", many(100'000, "F32", 1, 4),
       "tensor \"t1\": the data overlaps another tensor: expected begin at byte 4, got 0"},
      {"MillionEmptyTensors", many(262'145, "F32", 0, 0),
       "the header lists more than 262144 tensors"},
      {"HoleOfOneByte", one(R"("dtype":"F32","shape":[1],"data_offsets":[1,5])", 5),
       "tensor \"w\": there is a hole before the data: expected begin at byte 0, got 1"},
      {"OneTrailingByte", one(kGood, 5),
       "bytes follow the last tensor: expected 4 bytes of data, got 5\n"
       "  hint: the file was changed after it was written, or its header is damaged"},
      {"LastTensorOneByteShort", one(kGood, 3),
       "tensor \"w\": the data ends behind the end of the file: expected at most 3 bytes, got 4\n"
       "  hint: the file is cut off; fetch it again"},
  };
}

class SafetensorsBad : public testing::TestWithParam<test::BadFile> {};

TEST_P(SafetensorsBad, IsRefusedWithItsText) {
  const test::TempDir dir;
  const auto file = dir.write("bad.safetensors", GetParam().content);
  try {
    const SafetensorsFile opened(file);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.what(), file.string() + ": " + GetParam().text);
    EXPECT_EQ(e.code(), ErrorCode::io);
  }
}

INSTANTIATE_TEST_SUITE_P(Frame, SafetensorsBad, testing::ValuesIn(frames()), test::row_name);
INSTANTIATE_TEST_SUITE_P(Text, SafetensorsBad, testing::ValuesIn(texts()), test::row_name);
INSTANTIATE_TEST_SUITE_P(Field, SafetensorsBad, testing::ValuesIn(fields()), test::row_name);

}  // namespace
}  // namespace calotype
