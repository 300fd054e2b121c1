/**
 * Permissions of Deno that several commands need, and what one needs for its very arguments.
 *
 * @module
 */
import type { Command, CommandInput, Permission } from "./command.ts";

/** What reads the files of a command takes. */
export function readPermission(files: string): Permission {
  return { flag: "--allow-read", purpose: `for ${files}`, exact: () => "--allow-read" };
}

/** What files on a host take. */
export function hostPermission(files: string): Permission {
  return {
    flag: "--allow-net=HOST",
    purpose: `for ${files} on a host`,
    exact({ operands }) {
      const urls = operands.filter((name) => /^https?:/i.test(name) && URL.canParse(name));
      const hosts = new Set(urls.map((url) => new URL(url).host));
      return hosts.size === 0 ? undefined : `--allow-net=${[...hosts].join(",")}`;
    },
  };
}

/** What `--token-env` takes. */
export const TOKEN_PERMISSION: Permission = {
  flag: "--allow-env=NAME",
  purpose: "for --token-env",
  exact({ values }) {
    const name = values["token-env"];
    return typeof name === "string" ? `--allow-env=${name}` : undefined;
  },
};

/** What `--cache` takes. */
export const CACHE_PERMISSION: Permission = {
  flag: "--allow-write=FOLDER",
  purpose: "for --cache",
  exact({ values }) {
    const { cache } = values;
    return typeof cache === "string" ? `--allow-write=${cache}` : undefined;
  },
};

/** What a command needs for these arguments, as Deno's command line takes it. */
export function listPermissions({ permissions }: Command, input: CommandInput): string[] {
  return permissions.map(({ exact }) => exact(input)).filter((flag) => flag !== undefined);
}

/** Whether Deno refused something that its user can allow. */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "NotCapable") return true;
  }
  return false;
}
