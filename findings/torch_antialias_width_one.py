"""torch 2.6 to 2.13, CPU: antialiased resizing to a width of 1 gives the first row again and again, and uint8 images of three
channels cannot be resized to 1x1 at all.

`interpolate(..., antialias=True)` to 7x1 gives, in each channel, 7 times the value of row 0, for float32, float64 and,
where torch does not use AVX2, uint8; bilinear and bicubic. To 7x2 all is well, and so is uint8 to 7x1 with AVX2, which
has code of its own: one machine, two answers. That code stops with "INTERNAL ASSERT FAILED … num_channels ==
unpacked_output.size(0)" where three channels are to become 1x1; one or four channels do not.

wdstream's `resampler: "torch"` gives what the AVX2 code gives, and 1x1 by the same arithmetic.

Usage: python3 torch_antialias_width_one.py     (any Python with torch; x86-64 with AVX2 for all of it)
Seen: 2.6.0+debian, 2.13.0+cpu.
"""
import json
import os
import subprocess
import sys

import torch

CHECK = """
import torch
from torch.nn.functional import interpolate
image = (torch.arange(3 * 19 * 17).reshape(1, 3, 19, 17) * 37 % 256).to(torch.uint8)
row = lambda t, mode, width: interpolate(t, size=(7, width), mode=mode, antialias=True)[0, 0, :, 0].round().int().tolist()
for mode in ("bilinear", "bicubic"):
    print(mode, row(image, mode, 1), row(image.float(), mode, 1), row(image.double(), mode, 1), row(image.float(), mode, 2), sep="|")
try:
    interpolate(image, size=(1, 1), mode="bilinear", antialias=True)
    print("1x1|fine")
except RuntimeError as error:
    print("1x1|INTERNAL ASSERT" if "INTERNAL ASSERT" in str(error) else f"1x1|{error}")
"""


def check(capability):
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": capability}
    output = subprocess.run([sys.executable, "-c", CHECK], env=environment, capture_output=True, text=True, check=True)
    return [line.split("|") for line in output.stdout.splitlines() if "|" in line]


is_same = True
for capability in ("avx2", "default"):
    *rows, single = check(capability)
    print(f"torch {torch.__version__}, {capability}: uint8 of three channels to 1x1: {single[1]}")
    is_same &= (single[1] == "INTERNAL ASSERT") == (capability == "avx2")
    for mode, *columns in rows:
        uint8, float32, float64, wide = map(json.loads, columns)
        print(f"  {mode} to 7x1: uint8 {uint8}, float32 {float32}, float64 {float64}; the first column of 7x2: {wide}")
        is_same &= len(set(float32)) == len(set(float64)) == 1 and len(set(wide)) > 1
        is_same &= (len(set(uint8)) > 1) == (capability == "avx2")
print("as described" if is_same else "changed")
sys.exit(not is_same)
