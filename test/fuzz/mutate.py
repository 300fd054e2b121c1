"""Damages the JPEG fixtures at random and records what Pillow makes of them, for `compare.ts`.

Usage: python3 mutate.py SEED COUNT scan|header OUT     (Debian 12: python3-pil 9.4.0)
Writes OUT.bin, the files one after the other, and OUT.json: [length, SHA-256 of the RGB bytes or Pillow's error].
"""
import hashlib
import io
import json
import os
import random
import sys
import warnings

from PIL import Image

warnings.simplefilter("ignore")
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/jpeg")
FOLDERS = ("baseline", "markers", "samplings", "colour", "progressive", "scans", "arithmetic", "extreme")
MARKERS = [0xD0, 0xD1, 0xD2, 0xD7, 0xD9, 0xD8, 0xC4, 0xFE, 0x01, 0xDA]


def mutate(rng, data, part):
    data = bytearray(data)
    scan = data.find(b"\xff\xda") + 14
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        low, high = (scan, len(data)) if part == "scan" else (2, scan)
        if low >= high:
            break
        at, kind = rng.randrange(low, high), rng.random()
        if kind < 0.5:
            data[at] = rng.randrange(256)
        elif kind < 0.65:
            data[at] = 0xFF
        elif kind < 0.75:
            del data[at:at + rng.randrange(1, 6)]
        elif kind < 0.85:
            data[at:at] = rng.randbytes(rng.randrange(1, 4))
        elif kind < 0.92:
            data[at:at] = bytes([0xFF, rng.choice(MARKERS)])
        else:
            data[at] ^= 1 << rng.randrange(8)
    return bytes(data)


def main(seed, count, part, out):
    rng = random.Random(int(seed))
    sources = []
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(FIXTURES, folder))):
            with open(os.path.join(FIXTURES, folder, name), "rb") as file:
                sources.append(file.read())
    sources = [source for source in sources if len(source) < 5000]
    rows = []
    with open(out + ".bin", "wb") as file:
        while len(rows) < int(count):
            data = mutate(rng, rng.choice(sources), part)
            try:
                image = Image.open(io.BytesIO(data), formats=["JPEG"])
                if image.size[0] * image.size[1] > 300000:
                    continue
                result = hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
            except Exception as error:
                result = f"{type(error).__name__}: {error}".split(" <_io")[0]
            rows.append([len(data), result])
            file.write(data)
    with open(out + ".json", "w") as file:
        json.dump(rows, file)


main(*sys.argv[1:])
