"""Pillow's side of `pillow.ts`: reads files (length in 4 bytes, bytes) and answers a line of JSON for each.

Usage: python3 pillow_worker.py MAX_PIXELS     (Debian 12: python3-pil 9.4.0 with libjpeg-turbo 2.1.5)
"""
import hashlib
import io
import json
import struct
import sys
import warnings

from PIL import Image, ImageFile

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


while head := sys.stdin.buffer.read(4):
    data = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
    try:
        answer = {"plain": load(data, False), "filled": load(data, True)}
    except Skipped:
        answer = {"skip": True}
    print(json.dumps(answer), flush=True)
