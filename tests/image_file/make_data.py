"""Writes the small pictures of data/ that our own writer cannot make. Needs Pillow."""

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

DATA = Path(__file__).parent / "data"
RED, BLUE = (255, 0, 0), (0, 0, 255)

grey16 = Image.new("I;16", (3, 1))
grey16.putdata([0, 0x8080, 0xFFFF])
grey16.save(DATA / "grey16.png")

bits = Image.new("1", (9, 1))
bits.putpixel((8, 0), 1)
bits.save(DATA / "bits.png")

grey_alpha = Image.new("LA", (1, 1), (100, 50))
grey_alpha.save(DATA / "grey_alpha.png")

palette = Image.new("P", (2, 1))
palette.putpalette([*RED, *BLUE])
palette.putpixel((1, 0), 1)
palette.save(DATA / "palette.png")
palette.save(DATA / "palette_alpha.png", transparency=bytes([255, 7]))

info = PngInfo()
info.add_text("parameters", "naïve")
info.add_text("packed", "z" * 300, zip=True)
info.add_itxt("title", "猫")
Image.new("RGB", (1, 1), RED).save(DATA / "text.png", pnginfo=info)

Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(DATA / "cmyk.jpg", quality=95)
Image.new("L", (8, 8), 77).save(DATA / "grey.jpg", quality=95)

halves = Image.new("RGB", (32, 16), RED)
halves.paste(BLUE, (16, 0, 32, 16))
exif = Image.Exif()
exif[0x0112] = 6
halves.save(DATA / "rotated.jpg", quality=95, exif=exif)
halves.save(DATA / "progressive.jpg", quality=95, progressive=True)
halves.save(DATA / "animated.webp", save_all=True, append_images=[Image.new("RGB", (32, 16), BLUE)])
