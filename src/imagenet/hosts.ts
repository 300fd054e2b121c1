/**
 * Where ImageNet's shards are published, and who may read them.
 *
 * @module
 */
import { readEnvironment } from "../runtime.ts";
import { hintFault } from "../storage/hint.ts";
import type { AccessOptions, ShardInput, Source, Store } from "../storage/mod.ts";
import { toStore } from "../storage/to_store.ts";
import type { StoreInput } from "../storage/to_store.ts";

/** Where the published shards lie. */
export type ImageNetHost = "huggingface" | "modelscope";

interface Host {
  readonly base: string;
  readonly page: string;
  /** The environment variable by which the host's own tools take a token. */
  readonly variable: string;
}

const HOSTS: Record<ImageNetHost, Host> = {
  huggingface: {
    base: "https://huggingface.co/datasets/timm/imagenet-1k-wds/resolve/main/",
    page: "https://huggingface.co/datasets/timm/imagenet-1k-wds",
    variable: "HF_TOKEN",
  },
  modelscope: {
    base: "https://modelscope.cn/datasets/timm/imagenet-1k-wds/resolve/master/",
    page: "https://modelscope.cn/datasets/timm/imagenet-1k-wds",
    variable: "MODELSCOPE_API_TOKEN",
  },
};

/** Where the files of the dataset lie. */
export interface ImageNetLocation {
  /**
   * A host of the published shards, any store with the same file names (the URL or path of a folder, a bucket), or a
   * function from a file's name to anything that `webdataset` takes.
   *
   * @default {"huggingface"}
   */
  readonly store?: ImageNetHost | StoreInput | ((name: string) => ShardInput);
  /**
   * Whether a token that is not given is read from the host's environment variable: `HF_TOKEN`
   * for Hugging Face, `MODELSCOPE_API_TOKEN` for ModelScope. It is sent to that host alone.
   *
   * @default {false}
   */
  readonly tokenFromEnvironment?: boolean;
}

/** The dataset's files. */
export interface OpenedImageNet {
  /** With a token where one is wanted, and hints in its errors. */
  readonly store: Store;
  /** How it is reached. */
  readonly reach: AccessOptions;
}

/** Opens the store of the dataset's files. */
export function openImageNet(location: ImageNetLocation, options: AccessOptions): OpenedImageNet {
  const { store: given = "huggingface" } = location;
  // Every pass hands its own signal to `open`, which follows the caller's.
  const { signal: _signal, ...access } = options;
  const place = isHost(given) ? HOSTS[given].base : given;
  const host = Object.values(HOSTS).find(({ base }) => isSameOrigin(base, place));
  const token = options.token ??
    (location.tokenFromEnvironment && host ? readEnvironment(host.variable) : undefined);
  const reach = { ...access, token };
  const store = toStore(place, reach);
  if (host === undefined) return { store, reach };
  const hint = hintToken(host, token !== undefined);
  const open = (name: string): Source => hintFault(store.open(name), "source/unauthorized", hint);
  return { store: { ...store, open }, reach };
}

function hintToken(host: Host, hasToken: boolean): string {
  const accept =
    `ImageNet-1k is shared under its own licence: accept it at ${host.page} when signed in`;
  return hasToken
    ? `The token was refused, or its account has not accepted the licence. ${accept}`
    : `${accept}, and pass an access token as \`token\`, or as ${host.variable} with \`tokenFromEnvironment: true\``;
}

function isHost(store: unknown): store is ImageNetHost {
  return typeof store === "string" && Object.hasOwn(HOSTS, store);
}

function isSameOrigin(base: string, place: unknown): boolean {
  const isUrl = place instanceof URL || (typeof place === "string" && URL.canParse(place));
  return isUrl && new URL(base).origin === new URL(place).origin;
}
