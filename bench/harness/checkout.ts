/**
 * Checkouts of this project: this one, and another that it may be measured beside.
 *
 * @module
 */

/** A checkout of this project. */
export interface Checkout {
  /** Its folder, without a slash at its end. */
  readonly root: string;
  /** Its commit, short; "+" after it where its files differ. */
  readonly commit: string;
}

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname).replace(/\/$/, "");

/** This checkout. */
export const HERE: Checkout = { root: ROOT, commit: await readCommit(ROOT) };

/** The checkout in a folder. */
export async function openCheckout(folder: string): Promise<Checkout> {
  const root = await Deno.realPath(folder);
  await Deno.stat(`${root}/mod.ts`);
  return { root, commit: await readCommit(root) };
}

/** The file of one of a checkout's entry points, which its `deno.json` names: "./jpeg". */
export async function findEntry({ root }: Checkout, entry: string): Promise<string> {
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  return `${root}/${exports[entry]}`;
}

async function readCommit(root: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout, success } = await new Deno.Command("git", { args, cwd: root, stderr: "null" })
      .output();
    if (!success) throw new Error("no repository");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    // What the benchmark writes is not part of what it measures.
    const files = ["mod.ts", "src", "wasm", ":(glob)bench/**/*.ts"];
    const changed = await git("status", "--porcelain", "--", ...files);
    return changed === "" ? commit : `${commit}+`;
  } catch {
    return "unknown";
  }
}
