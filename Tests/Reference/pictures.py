"""Makes Tests/Fixtures/Images: tiny PNG, JPEG and WebP files, what Pillow makes of them (.ppm), and resized pictures.

Made with Python 3.11, Pillow 13.0.0, numpy 2.4.6; run from the root of the repository: python Tests/Reference/pictures.py
"""
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

HERE = Path(__file__).resolve().parent.parent / "Fixtures" / "Images"
random = np.random.default_rng(7)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def packed_rows(samples, depth):
    """[height, width, channels] numbers to PNG rows, each after filter byte 0."""
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            data = flat.astype(">u2").tobytes()
        else:
            bits = ((flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
            data = np.packbits(bits.reshape(-1)).tobytes()
        rows += b"\0" + data
    return rows


def raw_png(samples, colour, depth, palette=None, transparency=None, interlaced=False, extra=b""):
    height, width = samples.shape[:2]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        rows = b""
        for x, y, dx, dy in passes:
            part = samples[y::dy, x::dx]
            if part.size:
                rows += packed_rows(part, depth)
    else:
        rows = packed_rows(samples, depth)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))) + extra
    if palette is not None:
        out += chunk(b"PLTE", palette)
    if transparency is not None:
        out += chunk(b"tRNS", transparency)
    return out + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def over_white(image):
    """As the tool does it: 8-bit RGB, alpha composited over white."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def over_white_16(samples, colour):
    """The same from 16-bit samples, rounded once; Pillow cuts them to their high byte first."""
    values = samples.astype(np.float64) / 65535
    alpha = values[..., -1:] if colour in (4, 6) else 1.0
    channels = values[..., :3] if colour in (2, 6) else values[..., [0, 0, 0]]
    exact = np.rint((channels * alpha + 1 - alpha) * 255)
    return Image.fromarray(exact.astype(np.uint8))


def save(name, data, expected):
    (HERE / name).write_bytes(data)
    expected.save(HERE / (Path(name).stem + ".ppm"))


def pngs():
    width, height = 13, 9
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            samples = random.integers(0, 1 << depth, (height, width, SAMPLES[colour]))
            palette = random.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes() if colour == 3 else None
            for interlaced in (False, True):
                data = raw_png(samples, colour, depth, palette, interlaced=interlaced)
                name = f"png-{colour}-{depth}{'-interlaced' if interlaced else ''}.png"
                expected = over_white(Image.open(io.BytesIO(data)))
                if depth == 16:
                    exact = over_white_16(samples, colour)
                    assert np.abs(np.asarray(exact).astype(int) - np.asarray(expected).astype(int)).max() <= 2
                    expected = exact
                save(name, data, expected)
    grey = random.integers(0, 4, (height, width, 1)) * 60
    data = raw_png(grey, 0, 8, transparency=struct.pack(">H", 60))
    save("png-grey-transparent.png", data, over_white(Image.open(io.BytesIO(data))))
    rgb = random.integers(0, 2, (height, width, 3)) * 200
    data = raw_png(rgb, 2, 8, transparency=struct.pack(">HHH", 200, 0, 200))
    save("png-rgb-transparent.png", data, over_white(Image.open(io.BytesIO(data))))
    indices = random.integers(0, 16, (height, width, 1))
    palette = random.integers(0, 256, 48, dtype=np.uint8).tobytes()
    data = raw_png(indices, 3, 4, palette, bytes([0, 128, 40, 255, 7]))
    save("png-palette-transparent.png", data, over_white(Image.open(io.BytesIO(data))))
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    plain = random.integers(0, 256, (height, width, 3))
    data = raw_png(plain, 2, 8, extra=gamma)
    save("png-gamma.png", data, over_white(Image.open(io.BytesIO(data))))

    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "caf\u00e9\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    text.add_itxt("Title", "\u72d0\u72f8", "ja", "\u984c", zip=False)
    text.add_text("packed", "x" * 300, zip=True)
    text.add_itxt("packed too", "\u00e9" * 300, zip=True)
    buffer = io.BytesIO()
    Image.fromarray(plain.astype(np.uint8)).save(buffer, "PNG", pnginfo=text)
    (HERE / "texts.png").write_bytes(buffer.getvalue())


def scene(width, height):
    """A smooth picture with edges, so that JPEG keeps it well."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), ((x // 5 + y // 3) % 2) * 180 + 30]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def orientations():
    for orientation in range(1, 9):
        for kind in ("png", "jpg"):
            exif = Image.Exif()
            exif[0x0112] = orientation
            exif[0x010F] = "a camera"
            buffer = io.BytesIO()
            options = {} if kind == "png" else {"quality": 90}
            scene(21, 14).save(buffer, "PNG" if kind == "png" else "JPEG", exif=exif.tobytes(), **options)
            upright = ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue()))).convert("RGB")
            save(f"orientation-{kind}-{orientation}.{kind}", buffer.getvalue(), upright)


def jpegs():
    image = scene(37, 29)
    kinds = {
        "jpeg-444": (image, {"subsampling": 0}), "jpeg-422": (image, {"subsampling": 1}),
        "jpeg-420": (image, {"subsampling": 2}), "jpeg-progressive": (image, {"progressive": True}),
        "jpeg-grey": (image.convert("L"), {}), "jpeg-cmyk": (image.convert("CMYK"), {}),
        "jpeg-restart": (image, {"restart_marker_blocks": 2}),
    }
    for name, (source, options) in kinds.items():
        buffer = io.BytesIO()
        source.save(buffer, "JPEG", quality=85, **options)
        save(f"{name}.jpg", buffer.getvalue(), Image.open(io.BytesIO(buffer.getvalue())).convert("RGB"))

    comment = b"UNICODE\0" + "a caf\u00e9\nSteps: 9, Sampler: Euler, CFG scale: 5, Seed: 3".encode("utf-16-be")
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif.tobytes(), comment=b"a remark")
    (HERE / "comment.jpg").write_bytes(buffer.getvalue())


def webps():
    image = scene(37, 29)
    faded = image.convert("RGBA")
    faded.putalpha(Image.fromarray((np.mgrid[0:29, 0:37][1] * 255 // 36).astype(np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a caf\u00e9\nSteps: 9, Sampler: Euler, Seed: 3".encode("utf-16-be")
    kinds = {
        "webp-lossy": (image, {"quality": 80}), "webp-lossless": (image, {"lossless": True}),
        "webp-alpha": (faded, {"quality": 80}), "webp-alpha-lossless": (faded, {"lossless": True}),
        "webp-turned": (image, {"lossless": True, "exif": exif.tobytes(), "xmp": b"<x/>"}),
    }
    for name, (source, options) in kinds.items():
        buffer = io.BytesIO()
        source.save(buffer, "WEBP", **options)
        save(f"{name}.webp", buffer.getvalue(), over_white(ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue())))))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", save_all=True, append_images=[image.rotate(90)])
    (HERE / "film.webp").write_bytes(buffer.getvalue())


def resized():
    source = Image.fromarray(random.integers(0, 256, (31, 47, 3), dtype=np.uint8))
    source.save(HERE / "resize-source.ppm")
    filters = {"nearest": 0, "box": 4, "bilinear": 2, "bicubic": 3, "lanczos": 1}
    for name, filter in filters.items():
        for width, height in ((13, 11), (96, 64), (47, 17), (1, 1), (48, 31)):
            source.resize((width, height), filter).save(HERE / f"resize-{name}-{width}x{height}.ppm")
    for width, height in ((16, 16), (24, 8), (9, 20), (64, 96)):
        ImageOps.fit(source, (width, height), Image.LANCZOS).save(HERE / f"fit-{width}x{height}.ppm")


if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    pngs()
    orientations()
    jpegs()
    webps()
    resized()
