/**
 * Advice in the errors that people meet first: a wrong name, a lack of access.
 *
 * @module
 */
import { listShards } from "../imagenet/catalogue.ts";
import { hintFault } from "../storage/hint.ts";
import type { Source } from "../storage/source.ts";

/** The same source with advice in the errors that people meet first: a wrong name, a lack of access. */
export function addHints(source: Source, hasToken: boolean): Source {
  const nameHint = hintShardName(source.name);
  const named = nameHint === undefined ? source : hintFault(source, "source/not-found", nameHint);
  const tokenHint = hintToken(source.name, hasToken);
  return tokenHint === undefined ? named : hintFault(named, "source/unauthorized", tokenHint);
}

const IMAGENET_SHARD = /imagenet1k-(train|validation)-([0-9]+)\.tar$/;

// The dataset's card numbers validation shards with four digits, and its published files have two.
function hintShardName(name: string): string | undefined {
  const [, split, number] = IMAGENET_SHARD.exec(name) ?? [];
  if (split !== "train" && split !== "validation") return undefined;
  const { shardNames } = listShards(split);
  const range = `${shardNames[0]} to ${shardNames.at(-1)}`;
  const published = `The published ${split} shards are ${range}`;
  const isPublished = shardNames.some((each) => name.endsWith(each));
  return split === "validation" && number.length === 2 && isPublished
    ? `${published}; a copy may number them with four digits, 0000 to 0063`
    : published;
}

const GATED_HOSTS: ReadonlySet<string> = new Set(["huggingface.co", "modelscope.cn"]);

function hintToken(name: string, hasToken: boolean): string | undefined {
  if (!/^https?:/.test(name) || !URL.canParse(name)) return undefined;
  const licence = GATED_HOSTS.has(new URL(name).hostname) || IMAGENET_SHARD.test(name)
    ? " of an account that has accepted the dataset's licence"
    : "";
  return hasToken
    ? `The token in the variable of --token-env was not accepted: it takes one${licence}`
    : `Name an environment variable that holds an access token${licence} with --token-env`;
}
