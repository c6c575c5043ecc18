#include "calotype/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "calotype/error.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"

namespace calotype {
namespace {

using namespace std::string_literals;
using namespace test;
using testing::ElementsAre;
using testing::Pair;

std::string float_bytes(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<float> floats(const ArchiveTensor& t) {
  t.verify();
  std::vector<float> values(t.bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), t.bytes.data(), t.bytes.size());
  return values;
}

constexpr std::int64_t kHugeSize = std::int64_t{1} << 40;
const std::string kSix = storage("FloatStorage", "0", 6);
const std::string kPlain = tensor(kSix, 0, {6}, {1});

TensorArchive read_value(const std::string& value) {
  const TempDir dir;
  return read_torch_file(
      dir.write("a.ckpt", torch_bytes(pickle(value), {float_bytes({0, 1, 2, 3, 4, 5})})));
}

std::string read_error(const std::string& value) {
  const TempDir dir;
  const auto file = dir.write("a.ckpt", torch_bytes(pickle(value), {std::string(24, '\1')}));
  const std::string text = error_text([&] { read_torch_file(file); });
  return text.substr(text.starts_with(file.string()) ? file.string().size() + 2 : 0);
}

std::vector<std::string> names(const TensorArchive& archive) {
  std::vector<std::string> out;
  for (const ArchiveTensor& t : archive.tensors) out.push_back(t.name);
  return out;
}

TEST(TorchFile, PlainBlocksShareTheFileAndOthersAreCopied) {
  const auto archive = read_value(dict(
      {{"all", kPlain},
       {"tail", tensor(kSix, 4, {2}, {1})},
       {"matrix", tensor(kSix, 0, {2, 3}, {3, 1})},
       {"transposed", tensor(kSix, 0, {3, 2}, {1, 3})},
       {"every second", tensor(kSix, 1, {3}, {2})},
       {"repeated", tensor(kSix, 5, {2, 2}, {0, 0})},
       {"window", tensor(kSix, 0, {2, 2, 2}, {2, 1, 1})},
       {"scalar", tensor(kSix, 3, {}, {})},
       {"empty", tensor(kSix, 6, {0, 3}, {3, 1})},
       {"huge and empty", tensor(kSix, 0, {0, kHugeSize, kHugeSize}, {kHugeSize, kHugeSize, 1})},
       {"huge stride of one", tensor(kSix, 0, {1, 3}, {kHugeSize << 20, 2})},
       {"any stride of one", tensor(kSix, 0, {1, 6}, {77, 1})}}));
  ASSERT_EQ(archive.tensors.size(), 12u);
  const auto& t = archive.tensors;
  EXPECT_EQ(t[1].bytes.data(), t[0].bytes.data() + 16);
  EXPECT_EQ(t[2].bytes.data(), t[0].bytes.data());
  EXPECT_EQ(t[11].bytes.data(), t[0].bytes.data());
  EXPECT_THAT(floats(t[0]), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(floats(t[1]), ElementsAre(4, 5));
  EXPECT_THAT(t[2].shape, ElementsAre(2, 3));
  EXPECT_THAT(floats(t[3]), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(floats(t[4]), ElementsAre(1, 3, 5));
  EXPECT_THAT(floats(t[5]), ElementsAre(5, 5, 5, 5));
  EXPECT_THAT(floats(t[6]), ElementsAre(0, 1, 1, 2, 2, 3, 3, 4));
  EXPECT_THAT(floats(t[7]), ElementsAre(3));
  EXPECT_THAT(t[7].shape, ElementsAre());
  EXPECT_THAT(floats(t[8]), ElementsAre());
  EXPECT_THAT(t[8].shape, ElementsAre(0, 3));
  EXPECT_THAT(t[9].shape, ElementsAre(0, kHugeSize, kHugeSize));
  EXPECT_THAT(floats(t[10]), ElementsAre(0, 2, 4));
}

TEST(TorchFile, TensorsOutliveTheArchive) {
  ArchiveTensor kept;
  { kept = read_value(dict({{"w", kPlain}})).tensors[0]; }
  EXPECT_THAT(floats(kept), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TorchFile, DictionariesAreFlattenedWithDots) {
  const auto archive =
      read_value(dict({{"net", dict({{"a.weight", kPlain}, {"b", dict({{"c", kPlain}})}})},
                       {"list", "](" + kPlain + "e"},
                       {"top", kPlain}}));
  EXPECT_THAT(names(archive), ElementsAre("net.a.weight", "net.b.c", "top"));
}

TEST(TorchFile, IntegerKeysAreNamesAndOthersAreLeftOut) {
  EXPECT_THAT(names(read_value("}(" + integer(320) + kPlain + tuple({"N"}) + kPlain + "u")),
              ElementsAre("320"));
}

TEST(TorchFile, TheWellKnownOuterDictionaryIsUnwrapped) {
  const auto weights = dict({{"w", kPlain}});
  const auto other = dict({{"x", kPlain}});
  EXPECT_THAT(names(read_value(dict({{"state_dict", weights}, {"ema", other}}))), ElementsAre("w"));
  EXPECT_THAT(names(read_value(dict({{"params", other}, {"params_ema", weights}}))),
              ElementsAre("w"));
  EXPECT_THAT(names(read_value(dict({{"params", other}}))), ElementsAre("x"));
  EXPECT_THAT(names(read_value(dict({{"params", dict({{"lr", "K\1"}})}, {"w", kPlain}}))),
              ElementsAre("w"))
      << "a dictionary without tensors is no model";
}

TEST(TorchFile, NumbersAndTextsOfTheRootAreMetadata) {
  const auto archive = read_value(dict(
      {{"state_dict", dict({{"w", kPlain}, {"inner", "K\1"}})},
       {"global_step", "M\x10\x27"},
       {"epoch", integer(-1)},
       {"lr", "G\x3f\xe0\0\0\0\0\0\0"s},
       {"done", "\x88"},
       {"version", text("1.4")},
       {"none", "N"},
       {"line\nbreak", "K\1"},
       {"loss", call("numpy.core.multiarray", "scalar",
                     tuple({call("numpy", "dtype", tuple({text("f8"), "\x89", "\x88"})) +
                                tuple({"K\3", text("<")}) + "b",
                            "C\x08\0\0\0\0\0\0\xf8\x3f"s}))},
       {"count",
        call("numpy._core.multiarray", "scalar",
             tuple({call("numpy", "dtype", tuple({text("i4"), "\x89", "\x88"})),
                    call("_codecs", "encode",
                         tuple({text("\xc3\xbe\xc3\xbf\xc3\xbf\xc3\xbf"), text("latin1")}))}))},
       {"big", call("numpy.core.multiarray", "scalar",
                    tuple({call("numpy", "dtype", tuple({text("i2"), "\x89", "\x88"})) +
                               tuple({"K\3", text(">")}) + "b",
                           "C\2\0\1"s}))}}));
  EXPECT_THAT(archive.metadata,
              ElementsAre(Pair("count", "-2"), Pair("done", "true"), Pair("epoch", "-1"),
                          Pair("global_step", "10000"), Pair("loss", "1.5"), Pair("lr", "0.5"),
                          Pair("version", "1.4")));
}

TEST(TorchFile, TensorsOfATupleOrListAreNamedByTheirPlaces) {
  for (const auto& root : {tuple({kPlain, "N", kPlain}), "](" + kPlain + "N" + kPlain + "e"}) {
    const auto archive = read_value(root);
    ASSERT_EQ(archive.tensors.size(), 2u);
    EXPECT_EQ(archive.tensors[0].name, "0");
    EXPECT_EQ(archive.tensors[1].name, "2");
    EXPECT_EQ(floats(archive.tensors[1]), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  }
}

TEST(TorchFile, RootsWithoutNamesAreRefused) {
  EXPECT_EQ(read_error(kPlain), "the file: expected a dictionary of tensors, got a tensor");
  EXPECT_EQ(read_error("]"), "the file: expected a dictionary of tensors, got a list");
  EXPECT_EQ(read_error(call("my.nets", "UNet", ")") + dict({{"w", kPlain}}) + "b"),
            "the file holds a whole Python object instead of named tensors: expected a dictionary "
            "of tensors, got my.nets.UNet\n  hint: save the model's state_dict()");
}

TEST(TorchFile, NamesThatRepeatOrCannotBeOnesAreRefused) {
  EXPECT_EQ(read_error("}(" + text("w") + kPlain + text("w") + kPlain + "u"),
            "tensor \"w\": the tensor is listed twice");
  EXPECT_EQ(read_error(dict({{"a.b", kPlain}, {"a", dict({{"b", kPlain}})}})),
            "tensor \"a.b\": the tensor is listed twice");
  EXPECT_EQ(read_error(dict(
                {{"state_dict", dict({{"w", kPlain}})}, {"state_dict", dict({{"v", kPlain}})}})),
            "the file has two dictionaries \"state_dict\"");
  EXPECT_EQ(read_error(dict({{"", kPlain}})), "a tensor has an empty name");
  EXPECT_EQ(read_error(dict({{"a\nb", kPlain}})),
            "tensor \"a\\u000ab\": the name contains the control character U+000A");
  EXPECT_EQ(read_error(dict({{std::string(1025, 'n'), kPlain}})),
            "tensor \"" + std::string(200, 'n') +
                "\"...: the name is too long: expected at most 1024 bytes, got 1025");
}

TEST(TorchFile, BooleansAreCheckedWhenUsed) {
  const TempDir dir;
  const auto file = dir.write(
      "a.ckpt",
      torch_bytes(pickle(dict({{"w", tensor(storage("BoolStorage", "0", 3), 0, {3}, {1})}})),
                  {"\0\1\2"s}));
  const auto archive = read_torch_file(file);
  EXPECT_EQ(error_text([&] { archive.tensors[0].verify(); }),
            file.string() + ": byte 2 of the booleans in storage \"0\": expected 0 or 1, got 2");
}

TEST(TorchFile, ParametersAndFirstVersionTensorsAreTensors) {
  const auto archive = read_value(
      dict({{"p", call("torch._utils", "_rebuild_parameter", tuple({kPlain, "\x89", "}"}))},
            {"v1", call("torch._utils", "_rebuild_tensor",
                        tuple({kSix, "K\2", integers({3}), integers({1})}))}}));
  EXPECT_THAT(floats(archive.tensors[0]), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(floats(archive.tensors[1]), ElementsAre(2, 3, 4));
}

// The older layout.

const std::string kLegacyStorage = tuple({text("storage"), global("torch", "FloatStorage"),
                                          text("94"), text("cuda:0"), "K\2", "N"}) +
                                   "Q";
const std::string kLegacy = pickle(dict({{"w", tensor(kLegacyStorage, 0, {2}, {1})}}));

std::string legacy_error(const std::string& bytes) {
  const TempDir dir;
  const auto file = dir.write("a.pt", bytes);
  const std::string text = error_text([&] { read_torch_file(file); });
  return text.substr(text.starts_with(file.string()) ? file.string().size() + 2 : 0);
}

TEST(TorchFile, ReadsTheOlderLayout) {
  const TempDir dir;
  const auto archive = read_torch_file(
      dir.write("a.pt", legacy_bytes(kLegacy, {"94"}, le(2, 8) + float_bytes({7, 8}))));
  EXPECT_THAT(names(archive), ElementsAre("w"));
  EXPECT_THAT(floats(archive.tensors[0]), ElementsAre(7, 8));
}

TEST(TorchFile, ReadsViewsOfStoragesInTheOlderLayout) {
  const std::string view = tuple({text("storage"), global("torch", "FloatStorage"), text("94"),
                                  text("cpu"), "K\3", tuple({text("95"), "K\1", "K\2"})}) +
                           "Q";
  const std::string data = pickle(dict({{"w", tensor(view, 1, {1}, {1})}}));
  const TempDir dir;
  const auto archive = read_torch_file(
      dir.write("a.pt", legacy_bytes(data, {"94"}, le(3, 8) + float_bytes({7, 8, 9}))));
  EXPECT_THAT(floats(archive.tensors[0]), ElementsAre(9));
}

TEST(TorchFile, BrokenFilesOfTheOlderLayoutAreRefused) {
  const std::string values = float_bytes({7, 8});
  EXPECT_EQ(legacy_error(pickle("}")),
            "this is a pickle, but not one that torch.save wrote\n"
            "  hint: give the path of a file of weights");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"94"}, le(2, 8) + values, "\x89")),
            "the byte order of the numbers: expected little endian");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"95"}, le(2, 8) + values)),
            "the list of storages has one twice or one of no tensor");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {}, "")),
            "the list of storages does not match the tensors: expected 1 storages, got 0");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"94"}, le(3, 8) + values)),
            "storage \"94\": the number of elements before its data: expected 2, got 3");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"94"}, le(2, 7))),
            "storage \"94\": the number of elements before its data: expected 2, got the end of "
            "the file");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"94"}, le(2, 8) + values.substr(1))),
            "storage \"94\": the data ends behind the end of the file: expected 8 bytes, got 7\n"
            "  hint: the file is cut off; fetch it again");
  EXPECT_EQ(legacy_error(legacy_bytes(kLegacy, {"94"}, le(2, 8) + values + "x")),
            "bytes follow the last storage: expected the end of the file, got 1 bytes");
}

}  // namespace
}  // namespace calotype
