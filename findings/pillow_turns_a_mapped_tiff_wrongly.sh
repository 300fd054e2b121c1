#!/usr/bin/env bash
# Pillow 12.3.0: an uncompressed grey TIFF whose orientation tag is 5 to 8 (a scan that was turned by a quarter) is scrambled when it is
# opened by its path, and right when the same bytes are opened from a file object. By path the pixels are mapped into memory instead of
# read, and rows get the turned image's length before it is turned: 4 x 3 pixels come back as 4 x 3, sheared. RGB is never mapped and
# right both ways; so were both ways in Pillow 9.4.0, which is Debian 12's.
#
# So a dataset that is checked with Image.open("scan.tif") and served from an archive or over a network, where there is only a file
# object, has other pixels in each, without a warning. wdstream gives those of the file object, as webdataset does.
#
# Seen for orientation 6: by path 4 x 3: 9 6 3 0 10 7 4 1 11 8 5 2; from a file object 3 x 4: 8 4 0 9 5 1 10 6 2 11 7 3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0
cat > turn.py <<'END'
import io
import struct
import PIL
from PIL import Image

WIDTH, HEIGHT = 4, 3
PIXELS = bytes(range(WIDTH * HEIGHT))

def make(orientation):
    count = 9
    start = 8 + 2 + 12 * count + 4
    tags = [(256, 4, WIDTH), (257, 4, HEIGHT), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, start),
            (274, 3, orientation), (278, 4, HEIGHT), (279, 4, len(PIXELS))]
    entries = b"".join(
        struct.pack("<HHI", tag, kind, 1) + (struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value))
        for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, count) + entries + struct.pack("<I", 0) + PIXELS

print("Pillow", PIL.__version__)
for orientation in range(1, 9):
    data = make(orientation)
    with open("scan.tif", "wb") as file:
        file.write(data)
    by_path, by_file = Image.open("scan.tif"), Image.open(io.BytesIO(data))
    by_path.load(), by_file.load()
    same = by_path.size == by_file.size and by_path.tobytes() == by_file.tobytes()
    print(orientation, by_path.size, *by_path.tobytes(), "|", by_file.size, *by_file.tobytes(), "same" if same else "other")
    assert same == (orientation < 5), "changed"
print("as described")
END
env/bin/python turn.py
