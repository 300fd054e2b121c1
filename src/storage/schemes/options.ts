/**
 * What stores behind URLs of their own can be told.
 *
 * @module
 */

/** Where buckets of S3's interface lie, for `s3://bucket/key`. */
export interface S3Options {
  /**
   * Region of the buckets.
   *
   * @default {the one that the host redirects to}
   */
  readonly region?: string;
  /**
   * URL of another host with S3's interface: `https://ACCOUNT.r2.cloudflarestorage.com` of R2, that of MinIO, Wasabi or
   * OSS.
   *
   * @default {Amazon's, of the region}
   */
  readonly endpoint?: string | URL;
  /**
   * Whether the bucket is named in the path of the URL or before its host; OSS demands the latter.
   *
   * @default {"path" with an endpoint and for buckets that no host can be called, else "virtual-host"}
   */
  readonly style?: "path" | "virtual-host";
}

/** Where a hub or a host lies, for `gs://`, `hf://` and `ms://`. */
export interface HubOptions {
  /**
   * URL of another host with the same interface.
   *
   * @default {the public one}
   */
  readonly endpoint?: string | URL;
}

/** Whose containers of Azure's Blob Storage, for `az://container/blob`. */
export interface AzureOptions {
  /** Name of the storage account; without it an endpoint is needed. */
  readonly account?: string;
  /** A shared access signature, with or without its question mark; never part of a name or an error. */
  readonly sas?: string;
  /**
   * URL of another host, the account in its path where it has one.
   *
   * @default {that of the account}
   */
  readonly endpoint?: string | URL;
}

/** How stores behind URLs of their own are reached; for one dataset or store, never for all. */
export interface SchemeOptions {
  /** Where buckets of `s3://bucket/key` lie. */
  readonly s3?: S3Options;
  /** Where buckets of `gs://bucket/key` lie. */
  readonly gs?: HubOptions;
  /** Whose containers `az://container/blob` means. */
  readonly az?: AzureOptions;
  /** Which hub `hf://datasets/owner/name@revision/path` means. */
  readonly hf?: HubOptions;
  /** Which hub `ms://datasets/owner/name@revision/path` means. */
  readonly ms?: HubOptions;
}
