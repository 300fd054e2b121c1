#!/usr/bin/env bash
# torch 2.6.0 (Debian 13), CPU: antialiased resizing of tensors to a width of one gives the first row again and again.
#
# `interpolate(image, size=(7, 1), antialias=True)`, and so torchvision's resize of tensors, gives in each channel seven
# times the value of row 0 for float32 and float64, and for uint8 where torch does not use AVX2; bilinear and bicubic.
# To a width of two all is well, and so is uint8 to a width of one with AVX2, which has code of its own: one call, two
# answers, by the machine. (That code refuses one size of three-channel images altogether, by an internal assertion.)
#
# So a thumbnail column by tensors is one value, and a golden that was made on one machine fails on another. wdstream's
# `resampler: "torch"` gives what the AVX2 code gives.
#
# Seen: AVX2: uint8 [81, 116, 143, …] and float32 [81, 81, 81, …] for one image; without AVX2 both are the latter.
# Needs root, mmdebstrap and a processor with AVX2; 1.5 GB in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mmdebstrap --quiet --variant=apt --include=python3-torch trixie "$folder/root" >/dev/null
cat > "$folder/root/check.py" <<'END'
import sys
import torch
from torch.nn.functional import interpolate

image = (torch.arange(3 * 19 * 17).reshape(1, 3, 19, 17) * 37 % 256).to(torch.uint8)


def column(tensor, mode, width):
    return interpolate(tensor, size=(7, width), mode=mode, antialias=True)[0, 0, :, 0].round().int().tolist()


has_avx2 = sys.argv[1] == "avx2"
for mode in ("bilinear", "bicubic"):
    narrow = [column(tensor, mode, 1) for tensor in (image, image.float(), image.double())]
    wide = column(image.float(), mode, 2)
    print(torch.__version__, sys.argv[1], mode, "to 7x1: uint8, float32, float64", *narrow, "first column of 7x2", wide)
    is_same = [len(set(values)) == 1 for values in narrow] == [not has_avx2, True, True] and len(set(wide)) > 1
    if not is_same:
        sys.exit("changed")
END
for capability in avx2 default; do
  chroot "$folder/root" env ATEN_CPU_CAPABILITY="$capability" python3 /check.py "$capability"
done
echo "as described"
