"""Does Python's share of the benchmarks: one thread, one task a line of standard input.

Reads a line with the sizes of the blobs and what else their tasks take, the blobs, then names of tasks, each for all blobs,
or followed by the number of one blob and how often. Writes a line with the versions of
the packages that are there, then a line with the seconds of each task: wall clock, and user and system time.
"""
import io
import json
import platform
import resource
import sys
import tarfile
import time

versions = {"python": platform.python_version()}
try:
    import numpy as np
    import PIL
    from PIL import Image

    versions["pillow"] = PIL.__version__
except ImportError:
    pass
try:
    import torch
    import torchvision
    import torchvision.transforms as T
    import torchvision.transforms.functional as F

    torch.set_num_threads(1)
    versions["torchvision"] = torchvision.__version__
    BICUBIC = T.InterpolationMode.BICUBIC
    MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    evaluate = T.Compose([
        T.Resize(256, interpolation=BICUBIC), T.CenterCrop(224), T.ToTensor(), T.Normalize(MEAN, STD)])
except ImportError:
    pass


def decode(blob):
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGB"))


def evaluation_pillow(blob):
    image = Image.open(io.BytesIO(blob)).convert("RGB")
    width, height = image.size
    size = (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC).crop((left, top, left + 224, top + 224)), np.float32)
    mean, std = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))
    return np.ascontiguousarray(((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1))


def evaluation_torchvision(blob):
    return evaluate(Image.open(io.BytesIO(blob)).convert("RGB"))


def training_torchvision(blob, box):
    image = Image.open(io.BytesIO(blob)).convert("RGB")
    image = F.resized_crop(image, box["top"], box["left"], box["height"], box["width"], (224, 224), BICUBIC)
    if box["flip"]:
        image = F.hflip(image)
    return F.normalize(F.to_tensor(image), MEAN, STD)


def tar(blob):
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r|") as archive:
        return sum(len(archive.extractfile(member).read()) for member in archive if member.isfile())


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    tasks = {function.__name__: function for function in (decode, evaluation_pillow, evaluation_torchvision, training_torchvision, tar)}
    given = json.loads(sys.stdin.buffer.readline())
    blobs = [(sys.stdin.buffer.read(size),) for size in given["sizes"]]
    if given["extras"]:
        blobs = [(*blob, extra) for blob, extra in zip(blobs, given["extras"])]
    print(json.dumps(versions), flush=True)
    for line in sys.stdin.buffer:
        try:
            name, *one = line.decode().split()
            task = tasks[name]
            chosen = [blobs[int(one[0])]] * int(one[1]) if one else blobs
            wall, before = time.perf_counter(), cpu()
            for blob in chosen:
                task(*blob)
            reply = {"wallSeconds": time.perf_counter() - wall, "cpuSeconds": cpu() - before}
        except Exception as error:
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)


main()
