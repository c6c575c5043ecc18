// Pickles that do harm elsewhere or are broken: each is refused with its own text, or read as data.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calotype/error.h"
#include "calotype/torch_file.h"
#include "support/bad_file.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/torch_bytes.h"

namespace calotype {
namespace {

using namespace std::string_literals;
using namespace test;

std::string whole_object(const std::string& maker) {
  return "the file holds a whole Python object instead of named tensors: expected a dictionary of "
         "tensors, got " +
         maker + "\n  hint: save the model's state_dict()";
}

const std::string kCommand = tuple({text("touch /tmp/x")});

std::vector<BadFile> harmful() {
  return {
      {"OsSystem", pickle(call("os", "system", kCommand)), whole_object("os.system")},
      {"EvalByStackGlobal",
       pickle("\x8c\x08"
              "builtins"
              "\x8c\x04"
              "eval\x93" +
              kCommand + "R"),
       whole_object("builtins.eval")},
      {"PosixByMemo",
       pickle(std::string("(") + text("system") + "\x94" + text("posix") + "\x94" +
              "tq\2h\1h\0\x93"s + kCommand + "R\x86"),
       "the file: expected a dictionary of tensors, got a tuple"},
      {"PosixByMemoAlone",
       pickle(tuple({text("posix") + "q\1", text("system") + "q\2"}) + "h\1h\2\x93" + kCommand +
              "R" + "\x86" + global("collections", "deque") + "\x85" + "\x86"),
       "the file: expected a dictionary of tensors, got a tuple"},
      {"Inst", pickle("(ios\nsystem\n"),
       at_byte(3, "the opcode INST is never used in files of weights")},
      {"Obj", pickle(std::string("(") + global("os", "system") + "o"),
       at_byte(14, "the opcode OBJ is never used in files of weights")},
      {"Ext1", pickle("\x82\x01"), at_byte(2, "the opcode EXT1 is never used in files of weights")},
      {"Ext4", pickle("\x84\x01"), at_byte(2, "the opcode EXT4 is never used in files of weights")},
      {"PersId", pickle("P0\n"), at_byte(2, "the opcode PERSID is never used in files of weights")},
      {"NextBuffer", pickle("\x97"),
       at_byte(2, "the opcode NEXT_BUFFER is never used in files of weights")},
      {"TorchLoadNested", pickle(call("torch", "load", tuple({text("other.pt")}))),
       whole_object("torch.load")},
      {"UnknownTorchUtil",
       pickle(dict({{"w", call("torch._utils", "_rebuild_other",
                               tuple({storage("FloatStorage", "0", 1)}))}})),
       "tensor \"w\": it is made by torch._utils._rebuild_other, which is not read\n"
       "  hint: save the model's state_dict() as plain tensors"},
      {"PipMain", pickle(call("pip", "main", kCommand)), whole_object("pip.main")},
      {"Submodule",
       pickle(call("asyncio.unix_events", "_UnixSubprocessTransport._start", kCommand)),
       whole_object("asyncio.unix_events._UnixSubprocessTransport._start")},
      {"NewObjChain",
       pickle(call("os", "system", kCommand) + ")\x81" + kCommand + "b" + kCommand + "R"),
       whole_object("os.system")},
      {"CallOfText", pickle(text("system") + kCommand + "R"),
       at_byte(32, "REDUCE: expected a name, got a text")},
      {"CallWithoutTuple", pickle(global("os", "system") + text("ls") + "R"),
       at_byte(20, "REDUCE: expected a tuple, got a text")},
  };
}

std::vector<BadFile> broken() {
  const std::string deep(1'000'000, ']');
  return {
      {"UnknownOpcode", pickle("\xff"), at_byte(2, "0xff is not an opcode")},
      {"NoStop", "\x80\x02}", at_byte(3, "the pickle ends without STOP")},
      {"BytesBehindStop", pickle("}") + "}",
       "entry \"m/data.pkl\": bytes follow the end of the pickle: expected 4 bytes, got 5"},
      {"Empty", "",
       at_byte(0, "this is not the start of a pickle: expected PROTO with a number from 2 to 5")},
      {"ProtocolOne", "\x80\x01}.",
       at_byte(0, "this is not the start of a pickle: expected PROTO with a number from 2 to 5")},
      {"ProtocolSix", "\x80\x06}.",
       at_byte(0, "this is not the start of a pickle: expected PROTO with a number from 2 to 5")},
      {"ProtoAgain", pickle("\x80\x02}"),
       at_byte(2, "the opcode PROTO is never used in files of weights")},
      {"StopOnEmptyStack", pickle(""), at_byte(2, "STOP: expected one value, got 0")},
      {"StopInsideMark", pickle("}("), at_byte(4, "STOP stands behind a MARK that was not used")},
      {"Tuple1OnEmptyStack", pickle("\x85"),
       at_byte(2, "TUPLE1: expected 1 value on the stack, got 0")},
      {"Tuple2OnOneValue", pickle("N\x86"),
       at_byte(3, "TUPLE2: expected 2 values on the stack, got 1")},
      {"Tuple3OnTwoValues", pickle("NN\x87"),
       at_byte(4, "TUPLE3: expected 3 values on the stack, got 2")},
      {"Tuple2AcrossMark", pickle("N(N\x86"),
       at_byte(5, "TUPLE2: expected 2 values on the stack, got 1")},
      {"ReduceOnEmptyStack", pickle("R"),
       at_byte(2, "REDUCE needs a value, and the stack is empty")},
      {"ReduceOnOneValue", pickle(")R"),
       at_byte(3, "REDUCE needs a value, and the stack is empty")},
      {"SetItemOnEmptyStack", pickle("s"),
       at_byte(2, "SETITEM: expected 2 values on the stack, got 0")},
      {"SetItemWithoutDict", pickle("NNs"),
       at_byte(4, "SETITEM needs a value, and the stack is empty")},
      {"AppendOnEmptyStack", pickle("a"),
       at_byte(2, "APPEND: expected 1 value on the stack, got 0")},
      {"BuildOnEmptyStack", pickle("b"), at_byte(2, "BUILD needs a value, and the stack is empty")},
      {"BinPutOnEmptyStack", pickle("q\1"),
       at_byte(2, "BINPUT needs a value, and the stack is empty")},
      {"MemoizeOnEmptyStack", pickle("\x94"),
       at_byte(2, "MEMOIZE needs a value, and the stack is empty")},
      {"PersistentOnEmptyStack", pickle("Q"),
       at_byte(2, "BINPERSID needs a value, and the stack is empty")},
      {"PopMark", pickle("(1"),
       at_byte(3, "the opcode POP_MARK is never used in files of weights")},
      {"TupleWithoutMark", pickle("t"), at_byte(2, "TUPLE needs a MARK, and there is none")},
      {"SetItemsWithoutMark", pickle("}u"), at_byte(3, "SETITEMS needs a MARK, and there is none")},
      {"AppendsWithoutMark", pickle("]e"), at_byte(3, "APPENDS needs a MARK, and there is none")},
      {"OddSetItems", pickle("}(NNNu"),
       at_byte(7, "SETITEMS: expected pairs of key and value, got 3 values")},
      {"SetItemOnList", pickle("]NNs"), at_byte(5, "SETITEM: expected a dictionary, got a list")},
      {"SetItemOnTensor", pickle(tensor(storage("FloatStorage", "0", 1), 0, {1}, {1}) + "NNs"),
       at_byte(129, "SETITEM: expected a dictionary, got a tensor")},
      {"AppendOnDict", pickle("}Na"), at_byte(4, "APPEND: expected a list, got a dictionary")},
      {"AddItemsOnList", pickle("](N\x90"), at_byte(5, "ADDITEMS: expected a set, got a list")},
      {"BuildOnTensor", pickle(tensor(storage("FloatStorage", "0", 1), 0, {1}, {1}) + "Nb"),
       at_byte(128, "BUILD: expected an object, got a tensor")},
      {"BuildOnList", pickle("]Nb"), at_byte(4, "BUILD: expected an object, got a list")},
      {"GetOfUnsetSlot", pickle("h\7"), at_byte(2, "BINGET asks for memo slot 7, which is empty")},
      {"GetOfUnsetSlotBeforeAnother", pickle("Nq\5h\2"),
       at_byte(5, "BINGET asks for memo slot 2, which is empty")},
      {"HighestMemoIndex", pickle("Nr\xff\xff\xff\xff"),
       at_byte(3, "LONG_BINPUT: expected a memo slot below 1000000, got 4294967295")},
      {"HighestMemoGet", pickle("j\xff\xff\xff\xff"),
       at_byte(2, "LONG_BINGET asks for memo slot 4294967295, which is empty")},
      {"NestedTuples", pickle(std::string(")") + std::string(1'000'000, '\x85')),
       at_byte(67, "values are nested deeper than 64 levels")},
      {"NestedLists", pickle(deep + std::string(999'999, 'a')),
       at_byte(1'000'066, "values are nested deeper than 64 levels")},
      {"LongText", pickle("X\xf0\xff\xff\xff"),
       at_byte(2, "BINUNICODE is too long: expected at most 1048576 bytes, got 4294967280")},
      {"TextBehindTheEnd", pickle("X\x10\0\0\0abc"s),
       at_byte(2, "BINUNICODE is cut off: expected 16 bytes, got 4")},
      {"Bytes8", pickle("\x8e\0\0\0\0\0\0\0\x40"s),
       at_byte(2, "the opcode BINBYTES8 is never used in files of weights")},
      {"LongBytes", pickle("B\xf0\xff\xff\xff"),
       at_byte(2, "BINBYTES is too long: expected at most 1048576 bytes, got 4294967280")},
      {"FrameBehindTheEnd", pickle("\x95\x05\0\0\0\0\0\0\0"s),
       at_byte(2, "FRAME ends behind the end of the pickle")},
      {"HugeFrame", pickle("\x95\xff\xff\xff\xff\xff\xff\xff\xff"),
       at_byte(2, "FRAME ends behind the end of the pickle")},
      {"TextNotUtf8", pickle("X\1\0\0\0\xff"s), at_byte(2, "BINUNICODE is not valid UTF-8")},
      {"GlobalWithoutLineEnd", pickle("cos"),
       at_byte(2, "GLOBAL has no line end within 257 bytes")},
      {"GlobalOfOneLine", pickle("cos\nsystem"),
       at_byte(2, "GLOBAL has no line end within 257 bytes")},
      {"LongGlobal", pickle(global("os", std::string(300, 'x'))),
       at_byte(2, "GLOBAL has no line end within 257 bytes")},
      {"LongStackGlobal", pickle(text("os") + text(std::string(300, 'x')) + "\x93"),
       at_byte(314, "STACK_GLOBAL names something that Python cannot have")},
      {"NulInGlobal", pickle(global("os", "sys\0tem"s)),
       at_byte(2, "GLOBAL names something that Python cannot have")},
      {"StackGlobalOfNumbers", pickle("K\1K\2\x93"),
       at_byte(6, "STACK_GLOBAL: expected a text, got an integer")},
      {"PersistentText", pickle(text("0") + "Q"),
       at_byte(8, "a persistent id: expected a storage, got something else")},
  };
}

class TorchPickleBad : public testing::TestWithParam<BadFile> {};

TEST_P(TorchPickleBad, IsRefusedWithItsText) {
  const TempDir dir;
  const auto file = dir.write("bad.ckpt", torch_bytes(GetParam().content, {"1234"}));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }), file.string() + ": " + GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Harmful, TorchPickleBad, testing::ValuesIn(harmful()), row_name);
INSTANTIATE_TEST_SUITE_P(Broken, TorchPickleBad, testing::ValuesIn(broken()), row_name);

TensorArchive read(const std::string& pickle) {
  const TempDir dir;
  return read_torch_file(dir.write("a.ckpt", torch_bytes(pickle, {"1234"})));
}

const std::string kTensor = tensor(storage("FloatStorage", "0", 1), 0, {1}, {1});

TEST(TorchPickle, ObjectsBesideTensorsAreNamedAndLeftOut) {
  const auto archive = read(pickle(dict({{"w", kTensor},
                                         {"a", call("os", "system", kCommand)},
                                         {"b", call("argparse", "Namespace", ")")},
                                         {"c", global("torch", "float16")}})));
  ASSERT_EQ(archive.tensors.size(), 1u);
  EXPECT_EQ(archive.tensors[0].name, "w");
  EXPECT_THAT(archive.metadata, testing::ElementsAre(testing::Pair(
                                    "unread_objects", "os.system, argparse.Namespace")));
}

TEST(TorchPickle, UnreadObjectsAreCountedBeyondSixteen) {
  std::string list = "](";
  for (int i = 0; i < 20; ++i) list += global("m", fmt::format("n{}", i));
  const std::string names = read(pickle(dict({{"l", list + "e"}}))).metadata.at("unread_objects");
  EXPECT_TRUE(names.starts_with("m.n0, m.n1, ")) << names;
  EXPECT_TRUE(names.ends_with("m.n15 and 4 more")) << names;
}

TEST(TorchPickle, DoublingTakesNoTime) {
  std::string value = kTensor;
  for (int i = 0; i < 40; ++i)
    value = value + "\x94" + "h" + le(static_cast<unsigned>(i), 1) + "\x86";
  EXPECT_EQ(read(pickle(dict({{"list", value}}))).tensors.size(), 0u);
}

TEST(TorchPickle, DoublingDictionariesHitTheLimitOfEntries) {
  std::string chain = dict({{"t", kTensor}});
  for (int i = 0; i < 30; ++i) {
    const std::string slot = le(static_cast<unsigned>(i), 1);
    chain = std::string("}(") + text("a") + chain + "q" + slot + text("b") + "h" + slot + "u";
  }
  const TempDir dir;
  const auto file = dir.write("doubling.ckpt", torch_bytes(pickle(chain), {"1234"}));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }),
            file.string() + ": the file lists more than 262144 tensors");
}

TEST(TorchPickle, AListThatHoldsItselfIsData) {
  EXPECT_EQ(read(pickle(dict({{"w", kTensor}, {"l", "]q\1h\1a"}}))).tensors.size(), 1u);
}

TEST(TorchPickle, ADictionaryThatHoldsItselfEndsAtTheLimitOfDepth) {
  const TempDir dir;
  const auto file =
      dir.write("cycle.ckpt", torch_bytes(pickle(std::string("}q\1(") + text("w") + kTensor +
                                                 text("a") + "h\1u" + text("a") + "h\1s"),
                                          {"1234"}));
  std::string name = "a";
  for (int i = 0; i < 63; ++i) name += ".a";
  EXPECT_EQ(
      error_text([&] { read_torch_file(file); }),
      file.string() + ": tensor \"" + name + "\": dictionaries are nested deeper than 64 levels");
}

TEST(TorchPickle, TheStateOfAnOrderedDictIsDropped) {
  const std::string cyclic = call("collections", "OrderedDict", ")") + "q\1" + text("w") + kTensor +
                             "s" + dict({{"_metadata", "h\1"}}) + "b";
  const auto archive = read(pickle(cyclic));
  ASSERT_EQ(archive.tensors.size(), 1u);
  EXPECT_EQ(archive.tensors[0].name, "w");
}

TEST(TorchPickle, AnObjectThatGotTensorsLaterIsNamed) {
  const TempDir dir;
  const auto file = dir.write(
      "object.ckpt",
      torch_bytes(pickle(dict({{"w", call("my", "Module", ")") + dict({{"p", kTensor}}) + "b"}})),
                  {"1234"}));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }),
            file.string() +
                ": tensor \"w\": it is made by my.Module, which is not read\n"
                "  hint: save the model's state_dict() as plain tensors");
}

TEST(TorchPickle, FourMillionValuesAreTheMost) {
  const TempDir dir;
  const auto file = dir.write("many.ckpt", torch_bytes(pickle(std::string(4'000'001, ']'))));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }),
            file.string() + ": data.pkl: at byte 3999999: the pickle has more than 4000000 values");
}

TEST(TorchPickle, TenMillionOpcodesAreTheMost) {
  const TempDir dir;
  const auto file = dir.write("many.ckpt", torch_bytes(pickle(std::string(10'000'001, 'N'))));
  EXPECT_EQ(
      error_text([&] { read_torch_file(file); }),
      file.string() + ": data.pkl: at byte 10000002: the pickle has more than 10000000 opcodes");
}

TEST(TorchPickle, DifferentGlobalsAreLimited) {
  std::string many = "](";
  for (int i = 0; i < 5000; ++i) many += global("m", fmt::format("n{}", i));
  const TempDir dir;
  const auto file = dir.write("globals.ckpt", torch_bytes(pickle(many + "e")));
  EXPECT_EQ(error_text([&] { read_torch_file(file); }),
            file.string() +
                ": data.pkl: at byte 35758: the pickle names more than 4096 things of Python");
}

}  // namespace
}  // namespace calotype
