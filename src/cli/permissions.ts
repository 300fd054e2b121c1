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
function hostPermission(files: string): Permission {
  return {
    flag: "--allow-net=HOST",
    purpose: `for ${files} on a host`,
    exact({ operands, values }) {
      const table = values["add-from"];
      const named = typeof table === "string" ? [...operands, table] : operands;
      // Whose hosts such addresses mean, and where those redirect to, is found out on the way.
      if (named.some((name) => /^(?:s3|gs|az|hf|ms):/i.test(name))) return "--allow-net";
      const urls = named.filter((name) => /^https?:/i.test(name) && URL.canParse(name));
      const hosts = new Set(urls.map((url) => new URL(url).host));
      return hosts.size === 0 ? undefined : `--allow-net=${[...hosts].join(",")}`;
    },
  };
}

/** What `--token-env` takes. */
const TOKEN_PERMISSION: Permission = {
  flag: "--allow-env=NAME",
  purpose: "for --token-env",
  exact({ values }) {
    const name = values["token-env"];
    return typeof name === "string" ? `--allow-env=${name}` : undefined;
  },
};

/** What `--cache` takes. */
const CACHE_PERMISSION: Permission = {
  flag: "--allow-write=FOLDER",
  purpose: "for --cache",
  exact({ values }) {
    const { cache } = values;
    return typeof cache === "string" ? `--allow-write=${cache}` : undefined;
  },
};

const AWS_VARIABLES = "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN,AWS_REGION";
const AZURE_VARIABLES = "AZURE_STORAGE_ACCOUNT,AZURE_STORAGE_SAS_TOKEN";

/** What `--sign-from-environment` takes. */
const SIGN_PERMISSION: Permission = {
  flag: "--allow-env=AWS_…",
  purpose: "for --sign-from-environment; AZURE_… where shards are az://",
  exact({ values, operands }) {
    if (values["sign-from-environment"] !== true) return undefined;
    const isAzure = operands.some((name) => /^\s*az:/i.test(name));
    const isBucket = !isAzure || operands.some((name) => /^\s*s3:/i.test(name));
    const variables = [...isBucket ? [AWS_VARIABLES] : [], ...isAzure ? [AZURE_VARIABLES] : []];
    return `--allow-env=${variables.join()}`;
  },
};

/** What reading shards, or `"files"`, takes, wherever they lie. */
export function sourcePermissions(what = "shards"): Permission[] {
  return [
    readPermission(`the ${what}`),
    hostPermission(what),
    TOKEN_PERMISSION,
    SIGN_PERMISSION,
    CACHE_PERMISSION,
  ];
}

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
