"""Bombs and malformed picture files: each is refused with one clear message, in at most 100 ms of processor time
and 64 MiB of memory. Pictures of unusual kinds are read."""

import io
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build")) / "bin/calotype_picture_probe"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def junk(size):
    return random.Random(size).randbytes(size)


def chunk(kind, data, crc=None):
    crc = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def header(width, height, depth=8, colour=2, compression=0, filtering=0, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, compression, filtering, interlace))


def png(*chunks):
    return SIGNATURE + b"".join(chunks)


def pixels(width, height, channels=3, filter_byte=0, short=0):
    raw = (bytes([filter_byte]) + bytes(width * channels)) * height
    return chunk(b"IDAT", zlib.compress(raw[: len(raw) - short], 9))


END = chunk(b"IEND", b"")
SMALL = header(4, 4)
ZEROS_10_MIB = zlib.compress(bytes(10 << 20), 9)


def png_files():
    good = png(SMALL, pixels(4, 4), END)
    yield "signature_only", SIGNATURE
    yield "half_signature", SIGNATURE[:5]
    yield "no_end_of_header", good[:20]
    yield "text_mode_damage", good.replace(b"\r\n", b"\n")
    yield "header_missing", png(pixels(4, 4), END)
    yield "header_behind_pixels", png(pixels(4, 4), SMALL, END)
    yield "header_twice", png(SMALL, SMALL, pixels(4, 4), END)
    yield "header_bad_checksum", png(chunk(b"IHDR", SMALL[8:21], crc=1), pixels(4, 4), END)
    yield "header_short", png(chunk(b"IHDR", SMALL[8:18]), pixels(4, 4), END)
    yield "header_long", png(chunk(b"IHDR", SMALL[8:21] + b"\0" * 4), pixels(4, 4), END)
    yield "depth_3", png(header(4, 4, depth=3), pixels(4, 4), END)
    yield "depth_255", png(header(4, 4, depth=255), pixels(4, 4), END)
    yield "colour_5", png(header(4, 4, colour=5), pixels(4, 4), END)
    yield "rgb_of_4_bits", png(header(4, 4, depth=4), pixels(4, 4), END)
    yield "compression_1", png(header(4, 4, compression=1), pixels(4, 4), END)
    yield "filtering_1", png(header(4, 4, filtering=1), pixels(4, 4), END)
    yield "interlace_9", png(header(4, 4, interlace=9), pixels(4, 4), END)
    yield "width_0", png(header(0, 4), pixels(4, 4), END)
    yield "height_0", png(header(4, 0), pixels(4, 4), END)
    yield "width_2_to_31", png(header(2**31, 1), pixels(4, 4), END)
    yield "width_largest", png(header(2**32 - 1, 2**32 - 1), pixels(4, 4), END)
    yield "100000_by_1", png(header(100_000, 1), pixels(100_000, 1), END)
    yield "1_by_100000", png(header(1, 100_000), pixels(1, 100_000), END)
    yield "bomb_65535", png(header(65_535, 65_535), chunk(b"IDAT", ZEROS_10_MIB), END)
    yield "bomb_16384", png(header(16_384, 16_384), chunk(b"IDAT", ZEROS_10_MIB), END)
    yield "bomb_over_pixel_limit", png(header(16_384, 4_097), chunk(b"IDAT", ZEROS_10_MIB), END)
    yield "large_but_empty", png(header(16_384, 4_096), chunk(b"IDAT", b""), END)
    yield "large_but_short", png(header(8_192, 8_192), pixels(4, 4), END)
    yield "large_but_short_interlaced", png(header(8_192, 8_192, interlace=1), pixels(4, 4), END)
    yield "large_16_bit_but_short", png(header(8_192, 8_192, depth=16, colour=6), pixels(4, 4), END)
    yield "large_and_breaks_off", png(header(8_192, 8_192), chunk(b"IDAT", junk(300_000)), END)
    rows = chunk(b"IDAT", zlib.compress(bytes(200_000)) + bytes(250_000))
    yield "large_first_rows_only", png(header(8_192, 8_192), rows, END)
    yield "pixels_missing", png(SMALL, END)
    yield "pixels_empty", png(SMALL, chunk(b"IDAT", b""), END)
    yield "pixels_not_deflate", png(SMALL, chunk(b"IDAT", b"hello, this is no deflate"), END)
    yield "pixels_bad_checksum", png(SMALL, chunk(b"IDAT", zlib.compress(bytes(52)), crc=7), END)
    yield "pixels_one_byte_short", png(SMALL, pixels(4, 4, short=1), END)
    yield "pixels_one_row_short", png(SMALL, pixels(4, 3), END)
    yield "pixels_filter_9", png(SMALL, pixels(4, 4, filter_byte=9), END)
    yield "pixels_longer_than_file", png(SMALL, struct.pack(">I", 1000) + b"IDAT" + b"\0" * 10)
    yield "chunk_of_2_to_31", png(SMALL, struct.pack(">I", 2**31) + b"IDAT" + b"\0" * 10)
    yield "chunk_of_all_ones", png(SMALL, b"\xff\xff\xff\xffIDAT" + b"\0" * 10)
    yield "chunk_name_of_zeros", png(SMALL, chunk(b"\0\0\0\0", b""), pixels(4, 4), END)
    yield "unknown_critical_chunk", png(SMALL, chunk(b"ABCD", b"x"), pixels(4, 4), END)
    yield "palette_missing", png(header(4, 4, colour=3), pixels(4, 4, 1), END)
    yield "palette_empty", png(header(4, 4, colour=3), chunk(b"PLTE", b""), pixels(4, 4, 1), END)
    yield "palette_of_7_bytes", png(header(4, 4, colour=3), chunk(b"PLTE", b"1234567"), pixels(4, 4, 1), END)
    yield "palette_of_257_colours", png(header(4, 4, colour=3), chunk(b"PLTE", bytes(771)), pixels(4, 4, 1), END)
    yield "cut_in_pixels", good[: len(good) // 2 + 6]
    yield "cut_before_end", good[:-12]


def jpeg(**options):
    file = io.BytesIO()
    Image.frombytes("RGB", (64, 48), junk(64 * 48 * 3)).save(file, "JPEG", quality=80, **options)
    return file.getvalue()


def resized(data, width, height):
    """The same file with another size in its frame header."""
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def jpeg_files():
    base, progressive = jpeg(), jpeg(progressive=True)
    frame, scan = base.find(b"\xff\xc0"), base.find(b"\xff\xda")
    yield "start_only", b"\xff\xd8\xff"
    yield "start_and_end", b"\xff\xd8\xff\xd9"
    yield "cut_in_header", base[: frame + 6]
    yield "cut_behind_header", base[:scan]
    yield "cut_in_pixels", base[: scan + 200]
    yield "cut_progressive", progressive[: len(progressive) // 2]
    yield "width_0", resized(base, 0, 48)
    yield "size_0", resized(base, 0, 0)
    yield "bomb_65500", resized(base, 65_500, 65_500)
    yield "65000_by_1", resized(base, 65_000, 1)
    yield "bomb_progressive", resized(progressive, 16_384, 4_096)
    yield "large_but_short", resized(base, 16_384, 4_096)
    yield "large_and_breaks_off", resized(base, 8_192, 8_192) + bytes(200_000)
    yield "large_progressive_of_junk", resized(progressive, 8_192, 8_192)[:-2] + junk(140_000)
    yield "frame_missing", base[:frame] + base[scan:]
    yield "frame_of_5_components", base[: frame + 9] + b"\x05" + base[frame + 10 :]
    yield "frame_of_0_components", base[: frame + 9] + b"\x00" + base[frame + 10 :]
    yield "depth_16", base[: frame + 4] + b"\x10" + base[frame + 5 :]
    yield "sampling_0", base[: frame + 11] + b"\x00" + base[frame + 12 :]
    yield "sampling_15", base[: frame + 11] + b"\xff" + base[frame + 12 :]
    yield "tables_missing", b"\xff\xd8" + base[frame:]
    yield "lossless_frame", base[:frame] + b"\xff\xc3" + base[frame + 2 :]
    yield "thousand_scans", progressive[:-2] + progressive[progressive.rfind(b"\xff\xda") : -2] * 1000 + b"\xff\xd9"
    yield "text", b"\xff\xd8\xffhello, this is not a picture"


FILES = {f"{name}.png": data for name, data in png_files()} | {f"{name}.jpg": data for name, data in jpeg_files()}


# A process counts the memory of the one that it was forked from as its own, so a small one is put in between.
LAUNCHER = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = usage.ru_utime + usage.ru_stime
print(json.dumps([done.returncode, done.stdout, done.stderr, seconds, usage.ru_maxrss / 1024]))
"""


def read(file):
    """Exit status, standard output, standard error, processor seconds, MiB."""
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, PROBE, file], capture_output=True, check=True)
    return json.loads(done.stdout)


def test_there_are_at_least_sixty():
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_is_refused_quickly_and_in_little_memory(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(FILES[name])
    status, output, errors, seconds, mebibytes = min((read(file) for _ in range(3)), key=lambda run: run[3])
    assert status == 1, output
    assert errors.startswith(f"{file}: ") and len(errors.splitlines()) <= 2
    assert seconds <= 0.1
    assert mebibytes <= 64


def saved(picture, name, **options):
    file = io.BytesIO()
    picture.save(file, {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[name], **options)
    return file.getvalue()


def rotated():
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(Image.new("RGB", (6, 4)), "jpg", exif=exif)


UNUSUAL = {
    "grey.png": (saved(Image.new("L", (6, 4)), "png"), "6 x 4 x 3"),
    "grey_16_bit.png": (saved(Image.new("I;16", (6, 4)), "png"), "6 x 4 x 3"),
    "one_bit.png": (saved(Image.new("1", (6, 4)), "png"), "6 x 4 x 3"),
    "palette.png": (saved(Image.new("P", (6, 4)), "png"), "6 x 4 x 3"),
    "alpha.png": (saved(Image.new("RGBA", (6, 4)), "png"), "6 x 4 x 4"),
    "grey_alpha.png": (saved(Image.new("LA", (6, 4)), "png"), "6 x 4 x 4"),
    "interlaced.png": (png(header(1, 1, interlace=1), pixels(1, 1), END), "1 x 1 x 3"),
    "cmyk.jpg": (saved(Image.new("CMYK", (6, 4)), "jpg"), "6 x 4 x 3"),
    "grey.jpg": (saved(Image.new("L", (6, 4)), "jpg"), "6 x 4 x 3"),
    "progressive.jpg": (saved(Image.new("RGB", (600, 400)), "jpg", progressive=True), "600 x 400 x 3"),
    "rotated.jpg": (rotated(), "4 x 6 x 3"),
    "alpha.webp": (saved(Image.new("RGBA", (6, 4), (1, 2, 3, 4)), "webp"), "6 x 4 x 4"),
    "largest_side.png": (saved(Image.new("RGB", (16_384, 1)), "png"), "16384 x 1 x 3"),
    "flat_and_large.png": (saved(Image.new("RGB", (4_000, 3_000)), "png"), "4000 x 3000 x 3"),
    "flat_and_large.jpg": (saved(Image.new("RGB", (4_000, 3_000)), "jpg"), "4000 x 3000 x 3"),
    "flat_and_large_progressive.jpg": (
        saved(Image.new("RGB", (4_000, 3_000)), "jpg", progressive=True), "4000 x 3000 x 3"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_pictures_are_read(tmp_path, name):
    data, size = UNUSUAL[name]
    file = tmp_path / name
    file.write_bytes(data)
    status, output, errors, _, _ = read(file)
    assert (status, output.strip()) == (0, size), errors
