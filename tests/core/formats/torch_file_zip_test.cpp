// ZIP files that are damaged or lie: each is refused with its own text.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>

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

const std::string kPickle =
    pickle(dict({{"w", tensor(storage("FloatStorage", "0", 1), 0, {1}, {1})}}));
constexpr std::size_t kPickleEntry = 0, kByteOrder = 1, kData = 2;

/// A good file after one change to its entries.
std::string changed(const std::function<void(std::vector<ZipEntry>&)>& change) {
  auto entries = torch_entries(kPickle, {"1234"});
  change(entries);
  return zip_bytes(entries);
}

std::string deflated(const std::string& bytes) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// data.pkl deflated, with the size given.
std::string with_deflated_pickle(const std::string& pickle, std::uint64_t size,
                                 const std::string& packed) {
  return changed([&](auto& e) {
    e[kPickleEntry] = {
        .name = "m/data.pkl", .bytes = packed, .method = 8, .crc = crc_of(pickle), .size = size};
  });
}

const std::string kCutOff =
    "the ZIP file does not end with its end record\n"
    "  hint: the file is cut off or has bytes behind its end; fetch it again";

std::vector<BadFile> entries() {
  const auto named = [](const std::string& name) {
    return changed([&](auto& e) { e[kData].name = name; });
  };
  const std::string zeros(1'000'000, '\0');
  return {
      {"BadCrcOfPickle", changed([](auto& e) { e[kPickleEntry].crc = 0xDEAD; }),
       fmt::format("entry \"m/data.pkl\": the checksum of the bytes is wrong: expected 0000dead, "
                   "got {:08x}\n  hint: the file is damaged; fetch it again (or it was saved by a "
                   "PyTorch that was told to compute no checksums)",
                   crc_of(kPickle))},
      {"Encrypted", changed([](auto& e) { e[kData].flags = 0x1; }),
       "entry \"m/data/0\": the entry is encrypted or patched, which no PyTorch file is: expected "
       "flags 0x0808, got 0x0001"},
      {"Patched", changed([](auto& e) { e[kData].flags = 0x20; }),
       "entry \"m/data/0\": the entry is encrypted or patched, which no PyTorch file is: expected "
       "flags 0x0808, got 0x0020"},
      {"StronglyEncrypted", changed([](auto& e) { e[kData].flags = 0x40; }),
       "entry \"m/data/0\": the entry is encrypted or patched, which no PyTorch file is: expected "
       "flags 0x0808, got 0x0040"},
      {"UnknownMethod", changed([](auto& e) { e[kData].method = 14; }),
       "entry \"m/data/0\": the way the entry is packed is unknown: expected 0 (stored) or 8 "
       "(deflated), got 14"},
      {"NewerVersion", changed([](auto& e) { e[kData].version = 63; }),
       "entry \"m/data/0\": the entry needs a newer version of ZIP: expected at most 45, got 63"},
      {"OtherLocalName", changed([](auto& e) { e[kData].local_name = "m/data/1"; }),
       "entry \"m/data/0\": the entry's own header gives another name"},
      {"DuplicatePickle", changed([](auto& e) { e.push_back(e[kPickleEntry]); }),
       "entry \"m/data.pkl\": the entry is listed twice"},
      {"SecondPickleInAnotherFolder",
       changed([](auto& e) { e.push_back({.name = "n/data.pkl", .bytes = kPickle}); }),
       "entry \"n/data.pkl\": the entry does not belong into a file of weights"},
      {"OverlappingEntries", changed([](auto& e) { e[kData + 1].header = 0; }),
       "entry \"m/version\": the entry's own header gives another name"},
      {"EntryInsideAnother", changed([](auto& e) {
         const ZipParts inner = zip_parts({{.name = "m/data/1", .bytes = "5678"}});
         e[kData].bytes = inner.data;
         e.push_back({.name = "m/data/1", .bytes = "5678"});
         const auto before = zip_parts({e[0], e[1]}).data.size();
         e.back().header = before + 30 + e[kData].name.size();
       }),
       "entry \"m/data/1\": the entry overlaps another one: expected begin at byte 304 or behind, "
       "got 262"},
      {"SizesAskForZip64", changed([](auto& e) {
         e[kData].size = 0xFFFFFFFF;
         e[kData].packed_size = 0xFFFFFFFF;
       }),
       "entry \"m/data/0\": the entry lacks the zip64 field that its sizes ask for"},
      {"Zip64FieldLies", changed([](auto& e) {
         e[kData].size = 0xFFFFFFFF;
         e[kData].packed_size = 0xFFFFFFFF;
         e[kData].directory_extra =
             "\1\0"s + le(16, 2) + le(std::uint64_t{1} << 62, 8) + le(std::uint64_t{1} << 62, 8);
       }),
       "entry \"m/data/0\": the entry ends behind the end of the file's data: expected at most 45 "
       "bytes, got 4611686018427387904"},
      {"Zip64FieldTooShort", changed([](auto& e) {
         e[kData].size = 0xFFFFFFFF;
         e[kData].packed_size = 0xFFFFFFFF;
         e[kData].directory_extra = "\1\0"s + le(8, 2) + le(4, 8);
       }),
       "entry \"m/data/0\": the entry lacks the zip64 field that its sizes ask for"},
      {"StoredSizesDiffer", changed([](auto& e) { e[kData].size = 5; }),
       "entry \"m/data/0\": the sizes of a stored entry differ: expected 5, got 4"},
      {"LocalSizeDiffers", changed([](auto& e) {
         e[kData].size = 3;
         e[kData].packed_size = 3;
       }),
       "entry \"m/data/0\": the entry's own header and the directory disagree about its packed "
       "size: expected 3, got 4"},
      {"HeaderBehindTheEnd", changed([](auto& e) { e[kData].header = 0x7FFFFFFF; }),
       "entry \"m/data/0\": the entry begins behind the end of the file's data"},
      {"HeaderInTheMiddle", changed([](auto& e) { e[kData].header = 7; }),
       "entry \"m/data/0\": there is no entry where the directory says"},
      {"NulInName", named("m/data/0\0"s),
       "entry \"m/data/0\\u0000\": the entry's name has characters that no PyTorch file uses"},
      {"Backslash", named("m\\data\\0"),
       "entry \"m\\\\data\\\\0\": the entry's name has characters that no PyTorch file uses"},
      {"ParentFolder", named("m/../../x"),
       "entry \"m/../../x\": the entry's name is not a plain path"},
      {"AbsoluteName", named("/etc/passwd"),
       "entry \"/etc/passwd\": the entry's name is not a plain path"},
      {"FolderEntry", named("m/data/"), "entry \"m/data/\": the entry's name is not a plain path"},
      {"EmptyName", named(""), "the length of an entry's name: expected 1 to 256 bytes, got 0"},
      {"LongName", named("m/" + std::string(255, 'x')),
       fmt::format("entry \"m/{}\"...: the length of an entry's name: expected 1 to 256 bytes, got "
                   "257",
                   std::string(98, 'x'))},
      {"UnknownEntry", named("m/code.py"),
       "entry \"m/code.py\": the entry does not belong into a file of weights"},
      {"NamedStorage", named("m/data/weights"),
       "entry \"m/data/weights\": the entry does not belong into a file of weights"},
      {"OutsideTheFolder", named("version"),
       "entry \"version\": the entry does not belong into a file of weights"},
      {"TorchScript", named("m/code/__torch__.py"),
       "entry \"m/code/__torch__.py\": this is a TorchScript program, not a file of weights\n"
       "  hint: save the model's state_dict()"},
      {"TorchScriptConstants", named("m/constants.pkl"),
       "entry \"m/constants.pkl\": this is a TorchScript program, not a file of weights\n"
       "  hint: save the model's state_dict()"},
      {"NoPickle", zip_bytes({{.name = "word/document.xml", .bytes = "<x/>"}}),
       "this ZIP file is not one of PyTorch: it has no \"data.pkl\"\n"
       "  hint: give the path of the weights; unpack an archive of files first"},
      {"BigEndian", changed([](auto& e) { e[kByteOrder].bytes = "big"; }),
       "entry \"m/byteorder\": the byte order of the numbers: expected \"little\", got \"big\""},
      {"CommentOfEntry", changed([](auto& e) { e[kData].comment = "x"; }),
       "entry \"m/data/0\": the entry has a comment"},
      {"DeflatedStorage", changed([](auto& e) {
         e[kData] = {.name = "m/data/0",
                     .bytes = deflated("1234"),
                     .method = 8,
                     .crc = crc_of("1234"),
                     .size = 4};
       }),
       "entry \"m/data/0\": the entry is deflated, which PyTorch never does\n"
       "  hint: the file was packed again; load and save it with PyTorch"},
      {"HighRatio", with_deflated_pickle(zeros, zeros.size(), deflated(zeros)),
       fmt::format("entry \"m/data.pkl\": the entry claims to unpack to too many bytes: expected "
                   "at most 100 times {}, got 1000000",
                   deflated(zeros).size())},
      {"PickleOverTheLimit", with_deflated_pickle(kPickle, (2u << 20) + 1, deflated(kPickle)),
       "entry \"m/data.pkl\": the pickle is too long: expected at most 2097152 bytes, got "
       "2097153"},
      {"DeflatedLongerThanItSays",
       with_deflated_pickle(kPickle, kPickle.size() - 1, deflated(kPickle)),
       "entry \"m/data.pkl\": the deflated bytes are damaged or do not have the size given"},
      {"DeflatedShorterThanItSays",
       with_deflated_pickle(kPickle, kPickle.size() + 1, deflated(kPickle)),
       "entry \"m/data.pkl\": the deflated bytes are damaged or do not have the size given"},
      {"DeflatedDamaged", with_deflated_pickle(kPickle, kPickle.size(), std::string(50, '\xff')),
       "entry \"m/data.pkl\": the deflated bytes are damaged or do not have the size given"},
  };
}

std::vector<BadFile> frames() {
  const std::string good = torch_bytes(kPickle, {"1234"});
  const ZipParts parts = zip_parts(torch_entries(kPickle, {"1234"}));
  const std::uint64_t size = parts.directory.size(), begin = parts.data.size();
  const auto ended = [&](const std::string& end) { return parts.data + parts.directory + end; };
  const auto ended64 = [&](std::uint64_t entries, std::uint64_t size64, std::uint64_t begin64,
                           const std::string& end) {
    return zip64_bytes(parts, entries, size64, begin64, end);
  };
  ZipParts malformed = parts;
  malformed.directory[0] = 'X';
  return {
      {"Empty", "", "the file is empty"},
      {"CutOff", good.substr(0, good.size() - 1), kCutOff},
      {"CutOffInTheMiddle", good.substr(0, good.size() / 2), kCutOff},
      {"MagicOnly", "PK\3\4", kCutOff},
      {"CommentOfFile", good.substr(0, good.size() - 2) + "\1\0x"s, kCutOff},
      {"ByteBehindTheEnd", good + "x", kCutOff},
      {"SplitOverDisks",
       ended(std::string("PK\5\6") + le(1, 2) + end_record(4, size, begin).substr(6)),
       "the ZIP file is split over several files"},
      {"DirectoryElsewhere", ended(end_record(4, size, begin - 1)),
       fmt::format("the directory of the ZIP file does not end where its end record begins: "
                   "expected byte {}, got {} bytes from byte {}\n"
                   "  hint: the file is cut off or was changed; fetch it again",
                   begin + size, size, begin - 1)},
      {"TooFewEntries", ended(end_record(3, size, begin)),
       "bytes follow the last entry of the ZIP file's directory"},
      {"MalformedDirectory", malformed.data + malformed.directory + end_record(4, size, begin),
       "the directory of the ZIP file is malformed"},
      {"MoreEntriesThanFit", ended(end_record(600, size, begin)),
       fmt::format("the directory of the ZIP file is too short for its entries: expected 600 "
                   "entries, got {} bytes",
                   size)},
      {"Zip64RecordAbsent", ended(end_record(0xFFFF, size, begin)),
       "the ZIP file lacks the zip64 record that its end record asks for"},
      {"Zip64EntriesDisagree", ended64(3, size, begin, end_record(4, size, begin)),
       "the two end records of the ZIP file disagree about the number of entries: expected 3, got "
       "4"},
      {"Zip64PlaceDisagrees", ended64(4, size, begin - 1, end_record(4, size, begin)),
       fmt::format("the two end records of the ZIP file disagree about the directory's place: "
                   "expected {}, got {}",
                   begin - 1, begin)},
      {"Zip64SizeWraps",
       ended64(4, ~std::uint64_t{0}, 0xFFFFFFFF, end_record(4, 0xFFFFFFFF, 0xFFFFFFFF)),
       fmt::format("the directory of the ZIP file does not end where its end record begins: "
                   "expected byte {}, got 18446744073709551615 bytes from byte 4294967295\n"
                   "  hint: the file is cut off or was changed; fetch it again",
                   begin + size)},
      {"MillionEntries", ended64(1'000'000, size, begin, end_record(0xFFFF, size, begin)),
       "the ZIP file has too many entries: expected at most 200000, got 1000000"},
      {"Zip64LocatorAlone",
       ended(std::string("PK\6\7") + le(0, 4) + le(7, 8) + le(1, 4) + end_record(4, size, begin)),
       "the zip64 locator does not point at the record before it"},
      {"PrefixBeforeTheFirstEntry", "#!/bin/sh\n" + good, "this is not a PyTorch file"},
      {"PrefixThatLooksLikeAnEntry",
       [] {
         auto entries = torch_entries(kPickle, {"1234"});
         const std::string prefix = zip_parts({{.name = "x", .bytes = "hidden"}}).data;
         std::uint64_t header = prefix.size();
         for (ZipEntry& e : entries) {
           e.header = header;
           header += 30 + e.name.size() + e.bytes.size();
         }
         const ZipParts zip = zip_parts(entries);
         return prefix + zip.data + zip.directory +
                end_record(4, zip.directory.size(), prefix.size() + zip.data.size());
       }(),
       "entry \"m/data.pkl\": bytes stand before the first entry of the ZIP file: expected begin "
       "at byte 0, got 37"},
      {"EmptyZip", end_record(0, 0, 0),
       "this ZIP file is not one of PyTorch: it has no \"data.pkl\"\n"
       "  hint: give the path of the weights; unpack an archive of files first"},
      {"SevenZip", "7z\xbc\xaf\x27\x1c" + std::string(30, '\0'),
       "this is a 7z archive, not a PyTorch file\n  hint: unpack it first"},
      {"Tar", std::string(257, 'x') + "ustar" + std::string(250, '\0'),
       "this is a tar archive, not a PyTorch file\n"
       "  hint: unpack it first; PyTorch before 2017 wrote such files: load and save it again"},
      {"Picture", "\x89PNG\r\n\x1a\n123456",
       "this is a PNG picture, not a PyTorch file\n"
       "  hint: give the path of the model, not of a picture"},
  };
}

class TorchZipBad : public testing::TestWithParam<BadFile> {};

TEST_P(TorchZipBad, IsRefusedWithItsText) {
  const TempDir dir;
  const auto file = dir.write("bad.ckpt", GetParam().content);
  EXPECT_EQ(error_text([&] { read_torch_file(file); }), file.string() + ": " + GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Entry, TorchZipBad, testing::ValuesIn(entries()), row_name);
INSTANTIATE_TEST_SUITE_P(Frame, TorchZipBad, testing::ValuesIn(frames()), row_name);

TEST(TorchZip, GoodFileAndItsZip64TwinAreRead) {
  const TempDir dir;
  const ZipParts parts = zip_parts(torch_entries(kPickle, {"1234"}));
  const std::uint64_t size = parts.directory.size(), begin = parts.data.size();
  for (const auto& bytes :
       {torch_bytes(kPickle, {"1234"}),
        zip64_bytes(parts, 4, size, begin, end_record(4, size, begin)),
        zip64_bytes(parts, 4, size, begin, end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)),
        changed([](auto& e) {
          e[kData].size = 0xFFFFFFFF;
          e[kData].packed_size = 0xFFFFFFFF;
          e[kData].directory_extra = "\1\0"s + le(16, 2) + le(4, 8) + le(4, 8);
          e[kData].extra = "FB\2\0ZZ"s + "\1\0"s + le(8, 2) + le(4, 8);
        }),
        with_deflated_pickle(kPickle, kPickle.size(), deflated(kPickle))}) {
    const auto archive = read_torch_file(dir.write("good.ckpt", bytes));
    ASSERT_EQ(archive.tensors.size(), 1u);
    archive.tensors[0].verify();
    EXPECT_EQ(archive.tensors[0].bytes.size(), 4u);
  }
}

TEST(TorchZip, ChecksumOfAStorageIsComparedWhenItsTensorIsUsed) {
  const TempDir dir;
  const auto file = dir.write("bad.ckpt", changed([](auto& e) { e[kData].crc = 1; }));
  const auto archive = read_torch_file(file);
  ASSERT_EQ(archive.tensors.size(), 1u);
  const std::string text =
      file.string() +
      fmt::format(
          ": entry \"m/data/0\": the checksum of the bytes is wrong: expected 00000001, "
          "got {:08x}\n  hint: the file is damaged; fetch it again (or it was saved by a "
          "PyTorch that was told to compute no checksums)",
          crc_of("1234"));
  EXPECT_EQ(error_text([&] { archive.tensors[0].verify(); }), text);
  EXPECT_EQ(error_text([&] { archive.tensors[0].verify(); }), text) << "the second time as well";
}

}  // namespace
}  // namespace calotype
