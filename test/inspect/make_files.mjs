// Shards as people drop them: whole, packed, cut, damaged, none at all, and ten gigabytes of which a few kilobytes are there.
import { open, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BLOCK = 512;
const GIB = 2 ** 30;
/** Members of a sample of the built-in shard. */
const MEMBERS = 3;

/** One of each format. */
const PICTURES = [
  "png/ffmpeg_rgb24.png",
  "webp/sharp_lossy.webp",
  "avif/sharp_lossy.avif",
  "gif/pillow_animated.gif",
  "bmp/pillow_bits.bmp",
  "tiff/pillow_big.tiff",
  "jxl/cjxl_lossy.jxl",
];

/** A member's header, of the oldest kind there is. */
export function makeHeader(name, size) {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, "utf8");
  block.write("0000644\0" + "0000000\0" + "0000000\0", 100, "latin1");
  block.write(size.toString(8).padStart(11, "0") + "\0" + "00000000000\0", 124, "latin1");
  block.write(" ".repeat(8) + "0", 148, "latin1");
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "latin1");
  return block;
}

/** A member with its padding. */
export function makeMember(name, body) {
  const bytes = Buffer.from(body);
  const padding = Buffer.alloc((BLOCK - bytes.length % BLOCK) % BLOCK);
  return Buffer.concat([makeHeader(name, bytes.length), bytes, padding]);
}

/** Writes them into a folder; gives their paths by what they are. */
export async function makeFiles(folder, samplePath, formats) {
  const sample = await readFile(samplePath);
  const png = await readFile(`${formats}/png/ffmpeg_rgb24.png`);
  const paths = {};
  const put = async (name, bytes) => {
    paths[name] = `${folder}/${name}`;
    await writeFile(paths[name], bytes);
  };
  const end = Buffer.alloc(2 * BLOCK);
  await put("cut.tar", sample.subarray(0, Math.floor(sample.length * 0.6)));
  // The first header of the tenth sample: what is before it is whole, and so is what is behind it.
  const damaged = Buffer.from(sample);
  damaged[findMember(damaged, 9 * MEMBERS) + 5] ^= 1;
  await put("checksum.tar", damaged);
  await put("packed.tar.gz", gzipSync(sample, { level: 1 }));
  const packed = gzipSync(sample, { level: 1 });
  await put("cut.tar.gz", packed.subarray(0, Math.floor(packed.length / 2)));
  await put("changed.tar", sample);
  await put("again.tar", sample);
  await put("empty.tar", "");
  await put("text.tar", "This was never a shard. ".repeat(100));
  await put("picture.tar", png);
  await put(
    "odd.tar",
    Buffer.concat([
      makeMember("small.png", png),
      makeMember("small.json", '{"from":"a test","id":12345678901234567890}'),
      makeMember("<img src=x onerror=alert(1)>.txt", "<script>alert(1)</script>"),
      makeMember("broken.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2])),
      makeMember("broken.cls", "7"),
      end,
    ]),
  );
  const pictures = await Promise.all(
    PICTURES.map(async (path) => {
      const extension = path.slice(path.lastIndexOf("."));
      return makeMember(
        path.slice(0, path.indexOf("/")) + extension,
        await readFile(`${formats}/${path}`),
      );
    }),
  );
  await put("formats.tar", Buffer.concat([...pictures, end]));
  // As "truncate -s 10G" leaves a shard: zeros behind its end.
  await put("padded.tar", sample);
  const padded = await open(paths["padded.tar"], "r+");
  await padded.truncate(10 * GIB);
  await padded.close();
  // Two members of five gigabytes between the samples, which nobody wrote.
  paths["huge.tar"] = `${folder}/huge.tar`;
  const file = await open(paths["huge.tar"], "w");
  let at = 0;
  const write = async (bytes) => {
    await file.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  };
  const members = sample.subarray(0, findMember(sample, 3 * MEMBERS));
  await write(members);
  for (const key of ["video-0", "video-1"]) {
    await write(makeHeader(`${key}.mp4`, 5 * GIB));
    at += 5 * GIB;
    await write(makeMember(`${key}.png`, png));
    await write(makeMember(`${key}.cls`, "3"));
  }
  await write(end);
  await file.close();
  return paths;
}

/** Where the n-th member of an archive begins, with the pax records before it. */
function findMember(archive, n) {
  let at = 0;
  let start = 0;
  for (let members = 0; members < n;) {
    const size = parseInt(archive.toString("latin1", at + 124, at + 135), 8);
    if (archive.toString("latin1", at + 156, at + 157) !== "x") members++;
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (members === n) start = at;
  }
  return start;
}
