/**
 * Programs in TypeScript that hand batches to other packages, end to end: they are compiled strictly, have no casts, and
 * are run. What is expected is computed in them, from the batches alone.
 */

/** What lies beside CLIP's model: a tokenizer of 14 words' worth of vocabulary, made by hand. */
const WORDS = ["a", "photo", "of", "the", "cat", "zebra", "lake"];
const LETTERS = [...new Set(WORDS.join(""))];
const VOCABULARY = [
  ...LETTERS,
  ...LETTERS.map((letter) => `${letter}</w>`),
  ...WORDS.filter((word) => word.length > 1).flatMap((word) =>
    listMerges(word).map((merge) => merge.replace(" ", ""))
  ),
  "<|startoftext|>",
  "<|endoftext|>",
];

/** The merges that make a word of its letters, from the left. */
function listMerges(word: string): string[] {
  const letters = [...word];
  letters[letters.length - 1] += "</w>";
  const merges: string[] = [];
  let made = letters[0];
  for (const letter of letters.slice(1)) {
    merges.push(`${made} ${letter}`);
    made += letter;
  }
  return merges;
}

const MERGES = WORDS.filter((word) => word.length > 1).flatMap(listMerges);
const TOKENS = [...new Set(VOCABULARY)];
const START = TOKENS.indexOf("<|startoftext|>");
const END = TOKENS.indexOf("<|endoftext|>");

function specialToken(id: number): Record<string, unknown> {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return { id, content: TOKENS[id], ...flags, special: true };
}

/** Number of rows of CLIP's table of words in `clip.onnx`. */
export const VOCABULARY_SIZE: number = TOKENS.length;

/** Files beside the programs, by their paths. */
export const TYPED_FILES: Readonly<Record<string, unknown>> = {
  "clip/preprocessor_config.json": {
    image_processor_type: "CLIPImageProcessor",
    feature_extractor_type: "CLIPFeatureExtractor",
    do_resize: true,
    size: { shortest_edge: 224 },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: 224, width: 224 },
    do_rescale: true,
    rescale_factor: 0.00392156862745098,
    do_normalize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
    do_convert_rgb: true,
  },
  "clip/tokenizer_config.json": {
    tokenizer_class: "CLIPTokenizer",
    bos_token: "<|startoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|endoftext|>",
    unk_token: "<|endoftext|>",
    model_max_length: 77,
    do_lower_case: true,
  },
  "clip/tokenizer.json": {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [specialToken(START), specialToken(END)],
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: {
      type: "RobertaProcessing",
      sep: [TOKENS[END], END],
      cls: [TOKENS[START], START],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: null,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: TOKENS[END],
      continuing_subword_prefix: "",
      end_of_word_suffix: "</w>",
      fuse_unk: false,
      vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
      merges: MERGES,
    },
  },
};

/** The programs by what they show. */
export const TYPED: Readonly<Record<string, string>> = {
  "CLIP: images by its processor, captions by its tokenizer, both into onnxruntime": `
import { readFile } from "node:fs/promises";
import { AutoTokenizer, env } from "@huggingface/transformers";
import * as ort from "onnxruntime-web";
import { sampleShard, webdataset, writeTar } from "@wdstream/wdstream";
import { processor } from "@wdstream/wdstream/transforms";

// A shard as img2dataset writes it: pictures, captions, facts, and no class.
const CAPTIONS = ["a photo of the cat", "zebra", "A lake", "the zebra of the lake a photo"];
async function* listMembers() {
  const text = (value: string) => new TextEncoder().encode(value);
  let index = 0;
  for await (const { fields } of webdataset(sampleShard()).take(6)) {
    const key = String(index).padStart(9, "0");
    yield { path: key + ".jpg", bytes: fields.jpg };
    yield { path: key + ".json", bytes: text(JSON.stringify({ key, status: "success" })) };
    yield { path: key + ".txt", bytes: text(CAPTIONS[index++ % 4]) };
  }
}
const parts: Uint8Array<ArrayBuffer>[] = [];
for await (const part of writeTar(listMembers())) parts.push(part);
const shard = new Blob(parts);

env.allowRemoteModels = false;
env.localModelPath = "./";
const tokenizer = await AutoTokenizer.from_pretrained("clip");
const transform = processor(JSON.parse(await readFile("clip/preprocessor_config.json", "utf8")));
const session = await ort.InferenceSession.create(new Uint8Array(await readFile("clip.onnx")));
const lengths: number[] = [];
const batches = webdataset(shard, { workers: 2 }).transform(transform, { image: "jpg;png;webp" })
  .batch(4, { fields: ["txt", "json"] });
for await (const { images, shape, fields, size } of batches) {
  const { input_ids: ids } = tokenizer(fields.txt, { padding: true, truncation: true });
  if (!(ids.data instanceof BigInt64Array)) throw new Error("ids are no int64");
  const { logits } = await session.run({
    pixel_values: new ort.Tensor("float32", images, shape),
    input_ids: new ort.Tensor("int64", ids.data, ids.dims),
  });
  lengths.push(...ids.dims);
  const scores = await logits.getData();
  if (logits.dims.join() !== [size, size].join()) throw new Error(logits.dims.join());
  // What the model is: the mean of each plane, and of each caption the means of three columns that word i has as
  // i, i + 1 and i + 2, times each other.
  const words = ids.dims[1];
  for (let image = 0; image < size; image++) {
    const means = [0, 1, 2].map((plane) => {
      const start = (image * 3 + plane) * 224 * 224;
      return images.subarray(start, start + 224 * 224).reduce((sum, value) => sum + value, 0) / (224 * 224);
    });
    for (let caption = 0; caption < size; caption++) {
      const own = ids.data.subarray(caption * words, (caption + 1) * words);
      const mean = own.reduce((sum, id) => sum + Number(id), 0) / words;
      const wanted = means.reduce((sum, value, plane) => sum + value * (mean + plane), 0);
      const score = Number(scores[image * size + caption]);
      if (!(Math.abs(score - wanted) < 1e-2)) throw new Error(score + " is not " + wanted);
    }
  }
}
// The longest caption of four has seven words, that of two has five; each has a beginning and an end.
if (lengths.join() !== "4,9,2,7") throw new Error(lengths.join());
`,
  "batches of one image a sample into TensorFlow.js and onnxruntime": `
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-web";
import { evaluation, sampleShard, training, webdataset } from "@wdstream/wdstream";

const bytes = evaluation({ size: 32, type: "uint8" });
for await (const { images, shape, size } of webdataset(sampleShard()).transform(bytes).batch(4)) {
  const pixels = tf.tensor4d(images, [...shape], "int32");
  if (pixels.shape.join() !== [size, 32, 32, 3].join()) throw new Error(pixels.shape.join());
}
for await (const { images, shape } of webdataset(sampleShard()).transform(training({ size: 32 })).batch(4)) {
  const tensor = new ort.Tensor("float32", images, shape);
  if (tensor.size !== images.length) throw new Error(tensor.dims.join());
}
`,
  "segmentation: images and masks into TensorFlow.js": `
import { openAsBlob } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { training, webdataset } from "@wdstream/wdstream";
import "@wdstream/wdstream/formats";
import { mask } from "@wdstream/wdstream/transforms";

const crop = training({ size: 32, seed: 7, type: "uint8" });
const given = { "jpg;png": crop, "seg.png": mask() } as const;
const batches = webdataset(await openAsBlob("segmented.tar"), { workers: 2 }).transform(given, { label: false });
let seen = 0;
for await (const { tensors, size, release } of batches.batch(3)) {
  const { "jpg;png": images, "seg.png": masks } = tensors;
  const pixels = tf.tensor4d(images.data, [...images.shape], "int32");
  const classes = tf.tensor3d(masks.data, [...masks.shape], "int32");
  if (pixels.shape.join() !== [size, 32, 32, 3].join()) throw new Error(pixels.shape.join());
  // The mean colour of the pixels of class 1 of each picture, by tf and by hand.
  const isOne = classes.equal(1).expandDims(3);
  const sums = await pixels.mul(isOne.cast("int32")).sum([1, 2]).array();
  const counts = await isOne.cast("int32").sum([1, 2, 3]).array();
  if (!Array.isArray(sums) || !Array.isArray(counts)) throw new Error("no lists");
  for (let n = 0; n < size; n++) {
    const wanted = [0, 0, 0];
    let count = 0;
    for (let i = 0; i < 1024; i++) {
      if (masks.data[n * 1024 + i] !== 1) continue;
      count++;
      for (let c = 0; c < 3; c++) wanted[c] += images.data[(n * 1024 + i) * 3 + c];
    }
    if (counts[n] !== count || String(sums[n]) !== wanted.join()) throw new Error(sums[n] + " is not " + wanted);
    if (count > 0) seen++;
  }
  tf.dispose([pixels, classes]);
}
if (seen < 2) throw new Error("there is no class 1");
`,
};
