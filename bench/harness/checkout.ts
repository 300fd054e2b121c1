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

/** A checkout's package as it is published: the path of an entry's file. */
export type Published = (entry: string) => string;

/**
 * Builds a checkout's package into a folder. Checkouts from before there was a build published their sources as they
 * lie.
 */
export async function publish({ root }: Checkout, folder: string): Promise<Published> {
  const build = `${root}/test/packaging/build_package.ts`;
  const built = await Deno.stat(build).then(() => true, () => false);
  if (built) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", build, folder],
      cwd: root,
      stdout: "null",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
  const home = built ? `${folder}/jsr` : root;
  const { exports } = JSON.parse(await Deno.readTextFile(`${home}/deno.json`));
  return (entry) => `${home}/${exports[entry]}`;
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
