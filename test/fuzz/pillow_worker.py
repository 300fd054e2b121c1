"""Pillow's side of `pillow.ts`: says its versions, then reads files (length in 4 bytes, bytes) and answers a line of JSON for each.

Usage: python3 pillow_worker.py MAX_PIXELS
"""
import hashlib
import io
import json
import struct
import sys
import warnings

import PIL
from PIL import Image, ImageFile, features

warnings.simplefilter("ignore")
MAX_PIXELS = int(sys.argv[1])


class Skipped(Exception):
    pass


def load(data, is_filled):
    ImageFile.LOAD_TRUNCATED_IMAGES = is_filled
    try:
        image = Image.open(io.BytesIO(data))
        # Pillow opens other formats under the name as well, and other pictures in the same file.
        if image.format != "JPEG" or image.size[0] * image.size[1] > MAX_PIXELS:
            raise Skipped
        image.load()
        return {"digest": hashlib.sha256(image.tobytes()).hexdigest()}
    except Skipped:
        raise
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".split(" <_io")[0]}


print(json.dumps({"pillow": PIL.__version__, "libjpeg_turbo": features.version("libjpeg_turbo")}), flush=True)
while head := sys.stdin.buffer.read(4):
    data = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
    try:
        answer = {"plain": load(data, False), "filled": load(data, True)}
    except Skipped:
        answer = {"skip": True}
    print(json.dumps(answer), flush=True)
