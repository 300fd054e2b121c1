import { SourceError } from "../errors.ts";
import { readEnvironment } from "../runtime.ts";
import { type ShardInput, type SourceOptions, toSource } from "../storage/mod.ts";
import type { OpenOptions, Source } from "../storage/source.ts";
import { passOn } from "../storage/schemes.ts";

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

/** How a file of the dataset is found by its name. */
export interface ImageNetLocation {
  /**
   * A host of the published shards, the URL or path of a folder with the same file names, or a
   * function from a file's name to anything that `webdataset` takes.
   *
   * @default {"huggingface"}
   */
  readonly source?: ImageNetHost | URL | string | ((name: string) => ShardInput);
  /**
   * Whether a token that is not given is read from the host's environment variable: `HF_TOKEN`
   * for Hugging Face, `MODELSCOPE_API_TOKEN` for ModelScope. It is sent to that host alone.
   *
   * @default {false}
   */
  readonly tokenFromEnvironment?: boolean;
}

/** Opens a file of the dataset by its name. */
export type FindFile = (name: string) => Source;

/** Makes the function that finds files, with a token where one is wanted, and hints in its errors. */
export function locateFiles(location: ImageNetLocation, options: SourceOptions): FindFile {
  const { source = "huggingface" } = location;
  const { headers, fetch, maxRedirects } = options;
  const access = { headers, fetch, maxRedirects };
  if (typeof source === "function") {
    return (name) => toSource(source(name), { ...access, token: options.token, name });
  }
  const base = isHost(source) ? HOSTS[source].base : String(source);
  const host = Object.values(HOSTS).find((each) => isSameHost(each.base, base));
  const token = options.token ??
    (location.tokenFromEnvironment && host ? readEnvironment(host.variable) : undefined);
  const folder = base === "" || /[/\\]$/.test(base) ? base : `${base}/`;
  return (name) => {
    const found = toSource(folder + name, { ...access, token });
    return host === undefined ? found : addTokenHint(found, host, token !== undefined);
  };
}

/** The same source with `explain`'s hint in errors of one code. */
export function addHint(source: Source, code: SourceError["code"], hint: string): Source {
  return {
    // Advice on the shard's name would be wrong for what lies beside it.
    ...passOn(source, (suffix) => source.sibling!(suffix)),
    name: source.name,
    size: source.size && ((options) => source.size!(options)),
    async open(options?: OpenOptions) {
      try {
        return await source.open(options);
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== code) throw error;
        throw new SourceError(code, {
          action: error.action,
          reason: `${error.reason}. ${hint}`,
          shard: error.shard,
          cause: error.cause ?? error,
        });
      }
    },
  };
}

function addTokenHint(source: Source, host: Host, hasToken: boolean): Source {
  const accept =
    `ImageNet-1k is shared under its own licence: accept it at ${host.page} when signed in`;
  const hint = hasToken
    ? `The token was refused, or its account has not accepted the licence. ${accept}`
    : `${accept}, and pass an access token as \`token\`, or as ${host.variable} with \`tokenFromEnvironment: true\``;
  return addHint(source, "source/unauthorized", hint);
}

function isHost(source: URL | string): source is ImageNetHost {
  return typeof source === "string" && Object.hasOwn(HOSTS, source);
}

function isSameHost(a: string, b: string): boolean {
  return URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
