"""Does Python's share of the benchmarks: one thread where nothing else is said, one task a line of standard input.

Speaks the protocol of harness/work_process.ts. The first argument names the packages to load beside Pillow: "torch" or "".
"""
import io
import json
import platform
import resource
import sys
import tarfile
import time

facts = {"python": platform.python_version()}
try:
    import numpy as np
    import PIL
    from PIL import Image, features

    facts["pillow"] = PIL.__version__
    facts["libjpegTurbo"] = features.version("libjpeg_turbo") or "none"
except ImportError:
    pass
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
if "torch" in sys.argv[1:]:
    try:
        import torch
        import torchvision
        import torchvision.io
        import torchvision.transforms as T
        import torchvision.transforms.functional as F

        torch.set_num_threads(1)
        facts["torch"] = torch.__version__
        facts["torchvision"] = torchvision.__version__
        FILTERS = {"bilinear": T.InterpolationMode.BILINEAR, "bicubic": T.InterpolationMode.BICUBIC}
        evaluate = {name: T.Compose([
            T.Resize(256, interpolation=f), T.CenterCrop(224), T.ToTensor(), T.Normalize(MEAN, STD)])
            for name, f in FILTERS.items()}
        try:
            import torchvision.transforms.v2 as V

            # On uint8, which torch resizes with 16-bit weights since 2.1.
            evaluate_tensor = {name: V.Compose([
                V.Resize(256, interpolation=f, antialias=True), V.CenterCrop(224),
                V.ToDtype(torch.float32, scale=True), V.Normalize(MEAN, STD)])
                for name, f in FILTERS.items()}
            facts["tensorPath"] = "uint8"
        except ImportError:
            evaluate_tensor = {name: T.Compose([
                T.Resize(256, interpolation=f, antialias=True), T.CenterCrop(224),
                T.ConvertImageDtype(torch.float32), T.Normalize(MEAN, STD)])
                for name, f in FILTERS.items()}
            facts["tensorPath"] = "through float32"
    except ImportError:
        pass
    try:
        import webdataset

        facts["webdataset"] = webdataset.__version__
    except ImportError:
        pass


def decode_load(blob, extra, settings):
    """The pixels in Pillow's own memory, as `Image.open(...).load()` leaves them: no copy."""
    image = Image.open(io.BytesIO(blob))
    image.load()
    return image


def decode_draft(blob, extra, settings):
    """The same at so many eighths of the size."""
    image = Image.open(io.BytesIO(blob))
    width, height = image.size
    image.draft("RGB", (width * settings["scale"] // 8, height * settings["scale"] // 8))
    image.load()
    return image


def decode_numpy(blob, extra, settings):
    """The pixels in a NumPy array: two copies more, one by convert() and one by asarray()."""
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGB"))


def read_tensor(blob):
    return torchvision.io.decode_jpeg(torch.frombuffer(bytearray(blob), dtype=torch.uint8), torchvision.io.ImageReadMode.RGB)


def decode_tensor(blob, extra, settings):
    return read_tensor(blob)


def evaluation_pillow(blob, extra, settings):
    resize, size = settings.get("resize", 256), settings.get("size", 224)
    image = Image.open(io.BytesIO(blob)).convert("RGB")
    width, height = image.size
    to = (resize, int(resize * height / width)) if width <= height else (int(resize * width / height), resize)
    left, top = round((to[0] - size) / 2), round((to[1] - size) / 2)
    image = image.resize(to, Image.Resampling.BICUBIC).crop((left, top, left + size, top + size))
    pixels = np.asarray(image, np.float32)
    mean, std = np.float32(MEAN), np.float32(STD)
    return np.ascontiguousarray(((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1))


def evaluation_torchvision(blob, extra, settings):
    return evaluate[settings.get("interpolation", "bicubic")](Image.open(io.BytesIO(blob)).convert("RGB"))


def evaluation_tensor(blob, extra, settings):
    """Without Pillow: torchvision's own decoder."""
    return evaluate_tensor[settings.get("interpolation", "bicubic")](read_tensor(blob))


def evaluation_pil_tensor(blob, extra, settings):
    """As Hugging Face's image processors do: Pillow decodes, torch resizes the tensor."""
    image = F.pil_to_tensor(Image.open(io.BytesIO(blob)).convert("RGB"))
    return evaluate_tensor[settings.get("interpolation", "bicubic")](image)


def training_torchvision(blob, box, settings):
    image = Image.open(io.BytesIO(blob)).convert("RGB")
    image = F.resized_crop(image, box["top"], box["left"], box["height"], box["width"], (224, 224), FILTERS["bicubic"])
    if box["flip"]:
        image = F.hflip(image)
    return F.normalize(F.to_tensor(image), MEAN, STD)


def tar(blob, extra, settings):
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r|") as archive:
        return sum(len(archive.extractfile(member).read()) for member in archive if member.isfile())


def pipeline(settings):
    """Shards to batches of 64 by a DataLoader: webdataset where it is there, else the same by tarfile alone."""
    from torch.utils.data import DataLoader

    work = evaluation_tensor if settings["path"] == "tensor" else evaluation_torchvision
    if "webdataset" in facts:
        dataset = webdataset.WebDataset(settings["shards"], shardshuffle=False, empty_check=False).to_tuple("jpg", "cls")
        dataset = dataset.map_tuple(lambda blob: work(blob, None, {}), int).batched(64)
    else:
        dataset = make_dataset(settings["shards"], work)
    images = 0
    for batch, labels in DataLoader(dataset, batch_size=None, num_workers=settings["workers"]):
        images += len(batch)
    return {"images": images}


def make_dataset(shards, work):
    from torch.utils.data import IterableDataset, get_worker_info

    class Shards(IterableDataset):
        def __iter__(self):
            info = get_worker_info()
            images, labels = [], []
            for path in shards if info is None else shards[info.id::info.num_workers]:
                label = -1
                with tarfile.open(path, mode="r|") as archive:
                    for member in archive:
                        if not member.isfile():
                            continue
                        blob = archive.extractfile(member).read()
                        if member.name.endswith(".cls"):
                            label = int(blob)
                        if member.name.endswith(".jpg"):
                            images.append(work(blob, None, {}))
                            labels.append(label)
                            if len(images) == 64:
                                yield torch.stack(images), labels
                                images, labels = [], []
            if images:
                yield torch.stack(images), labels

    return Shards()


def read_shards(shards):
    """The members of shards that are files, by name and bytes."""
    for path in shards:
        with tarfile.open(path, mode="r|") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()


def resize_pillow(settings):
    """Shards to shards with smaller images, as a script with Pillow does it; the shards are written to memory."""
    short, images = settings["short"], 0
    out = tarfile.open(fileobj=io.BytesIO(), mode="w|")
    for name, blob in read_shards(settings["shards"]):
        if name.endswith(".jpg"):
            images += 1
            image = Image.open(io.BytesIO(blob))
            width, height = image.size
            if min(width, height) > short:
                size = (short, short * height // width) if width <= height else (short * width // height, short)
                file = io.BytesIO()
                image.convert("RGB").resize(size, Image.BICUBIC).save(file, "JPEG", quality=settings["quality"])
                blob = file.getvalue()
        info = tarfile.TarInfo(name)
        info.size = len(blob)
        out.addfile(info, io.BytesIO(blob))
    out.close()
    return {"images": images}


def verify_pillow(settings):
    """Shards, with every image loaded."""
    images = 0
    for name, blob in read_shards(settings["shards"]):
        if name.endswith(".jpg"):
            Image.open(io.BytesIO(blob)).load()
            images += 1
    return {"images": images}


def cpu():
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


BY_BLOB = {function.__name__: function for function in (
    decode_load, decode_draft, decode_numpy, decode_tensor, evaluation_pillow, evaluation_torchvision, evaluation_tensor,
    evaluation_pil_tensor, training_torchvision, tar)}
WHOLE = {function.__name__: function for function in (pipeline, resize_pillow, verify_pillow)}


def answer(line, blobs, extras):
    name, first, count, times, settings = line.decode().split(maxsplit=4)
    settings = json.loads(settings)
    wall, before = time.perf_counter(), cpu()
    if name in WHOLE:
        told = WHOLE[name](settings)
        return {**told, "wallSeconds": time.perf_counter() - wall, "cpuSeconds": cpu() - before}
    work, items, last = BY_BLOB[name], [], wall
    for index in range(int(first), int(first) + int(count)):
        for _ in range(int(times)):
            work(blobs[index], extras[index], settings)
        now = time.perf_counter()
        items.append(now - last)
        last = now
    return {"wallSeconds": last - wall, "cpuSeconds": cpu() - before, "itemSeconds": items}


def main():
    _, *sizes = map(int, sys.stdin.buffer.readline().split())
    blobs = [sys.stdin.buffer.read(size) for size in sizes]
    extras = json.loads(sys.stdin.buffer.readline()) or [None] * len(blobs)
    print(json.dumps(facts), flush=True)
    for line in sys.stdin.buffer:
        try:
            reply = answer(line, blobs, extras)
        except Exception as error:
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)


main()
