"""Encodes pictures by Pillow, which is libjpeg-turbo.

Reads a line of JSON on standard input, a list of {"bytes", "width", "height", "quality", "sampling", "progressive"}, then
that many bytes for each: rows of RGB, or without "width" a JPEG file, which is decoded first (without "quality", its own
tables and sampling are kept; with "format", "png" or "webp", it becomes one in RGB). Writes a line with the sizes of the files, then the files.
"""
import io
import json
import sys

from PIL import Image

SAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2, "grey": 0}

files = []
for picture in json.loads(sys.stdin.buffer.readline()):
    data = sys.stdin.buffer.read(picture["bytes"])
    if "width" in picture:
        image = Image.frombytes("RGB", (picture["width"], picture["height"]), data)
    else:
        image = Image.open(io.BytesIO(data))
    if "format" in picture:
        file = io.BytesIO()
        image.convert("RGB").save(file, picture["format"], **picture["options"])
        files.append(file.getvalue())
        continue
    if "quality" in picture:
        image = image.convert("L" if picture["sampling"] == "grey" else "RGB")
        options = {"quality": picture["quality"], "subsampling": SAMPLINGS[picture["sampling"]]}
    else:
        options = {"quality": "keep"}
    file = io.BytesIO()
    image.save(file, "JPEG", progressive=picture.get("progressive", False), **options)
    files.append(file.getvalue())
print(json.dumps([len(file) for file in files]), flush=True)
for file in files:
    sys.stdout.buffer.write(file)
