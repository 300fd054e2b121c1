#!/usr/bin/env bash
# Pillow 12.3.0 (and 9.4.0): in BMP files of 4 bits a pixel with run lengths (RLE4), a literal run of an odd number of pixels loses its last
# pixel, and everything behind it on the row moves one to the left. Five literal pixels 1 2 3 4 5 and one of 7 come out as 1 2 3 4 0 0:
# the 5 is dropped, and the run behind it, which is then read at an odd place of its data, with it. Runs of even length are right. The
# format counts pixels, not bytes; ImageMagick 6.9 gives 1 2 3 4 5 7.
#
# So sixteen-colour pictures of old Windows programs, whose literal runs are odd half of the time, come out sheared, with status "fine".
# wdstream's decoder gives Pillow's pixels, as it promises, and says so where it does it.
#
# Seen: odd run 1 2 3 4 0 0, even run 1 2 3 4 7 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0
cat > runs.py <<'END'
import io
import struct
import PIL
from PIL import Image

def make(codes, width):
    palette = b"".join(struct.pack("<BBBB", 16 * i, 16 * i, 16 * i, 0) for i in range(16))
    start = 14 + 40 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", start + len(codes), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, 1, 1, 4, 2, len(codes), 0, 0, 16, 0)
    return head + info + palette + codes

def read(codes):
    image = Image.open(io.BytesIO(make(bytes(codes), 6)))
    return list(image.tobytes())

END_OF_LINE, END_OF_FILE = [0, 0], [0, 1]
print("Pillow", PIL.__version__)
# A literal run is padded to 16 bits; the run behind it is one pixel of 7.
odd = read([0, 5, 0x12, 0x34, 0x50, 0x00] + [1, 0x70] + END_OF_LINE + END_OF_FILE)
even = read([0, 4, 0x12, 0x34] + [2, 0x70] + END_OF_LINE + END_OF_FILE)
print("odd run: ", *odd)
print("even run:", *even)
assert even == [1, 2, 3, 4, 7, 0], "changed: even runs"
assert odd == [1, 2, 3, 4, 0, 0], "changed: odd runs"
print("as described")
END
env/bin/python runs.py
