/**
 * What the page and its worker say to one another.
 *
 * @module
 */

/** What the page asks of the worker: of one of its shards, by the number that the page has given it, or of all. */
export type ToShelf =
  | { readonly type: "shard"; readonly shard: number; readonly message: ToWorker }
  /** Lets go of a shard, in the middle of whatever is done with it. */
  | { readonly type: "close"; readonly shard: number }
  /** Reads all shards, and decodes all images. */
  | { readonly type: "verify" }
  | { readonly type: "stopVerifying" };

/** What the worker says: of one of its shards, or of all. */
export type FromShelf =
  | { readonly type: "shard"; readonly shard: number; readonly message: FromWorker }
  | { readonly type: "verifying"; readonly verifying: Verifying };

/** What is asked of one shard. */
export type ToWorker =
  /** The shard: a file that was dropped, or an address. */
  | { readonly type: "open"; readonly shard: Blob | string }
  /** Ends what is being read; what was learned stays. */
  | { readonly type: "stop" }
  /** Goes on where it was stopped, or has failed. */
  | { readonly type: "continue" }
  /** Fetches all of a shard of which no parts can be had. */
  | { readonly type: "readWhole" }
  /** Samples for a page of them. */
  | { readonly type: "list"; readonly request: number } & ListQuery
  /** The picture of the sample at a place in the list, in a square of so many pixels. */
  | { readonly type: "show"; readonly place: number; readonly size: number }
  /** The picture is not looked at any more. */
  | { readonly type: "forget"; readonly place: number }
  /** All about one sample. */
  | { readonly type: "describe"; readonly request: number; readonly place: number };

/** Which samples are asked for. */
export interface ListQuery {
  /** The first one's place among those that are meant. */
  readonly from: number;
  /** Samples at most. */
  readonly count: number;
  /** Those of a class alone. */
  readonly label?: number;
}

/** What is said of one shard. */
export type FromWorker =
  /** How far it is, and what it knows. */
  | { readonly type: "state"; readonly state: State }
  | { readonly type: "problem"; readonly problem: Problem }
  | { readonly type: "listed"; readonly request: number; readonly listed: Listed }
  | { readonly type: "picture"; readonly place: number; readonly picture: Picture | Fault }
  | { readonly type: "described"; readonly request: number; readonly described: Described };

/**
 * What the worker does: it opens the shard, reads headers, fetches or unpacks all of it; it was stopped, has paused for
 * how much it has fetched, has read all, or could not go on.
 */
export type Phase = "opening" | "reading" | "unpacking" | "stopped" | "paused" | "done" | "failed";

/** How far the worker is. */
export interface State {
  readonly phase: Phase;
  /** Name of the shard, without credentials. */
  readonly name: string;
  /** Size of the shard in bytes, where it is known. */
  readonly sizeBytes?: number;
  /** Size in bytes of what it was unpacked to, of a compressed one. */
  readonly unpackedBytes?: number;
  /** Whether it lies on a host. */
  readonly isRemote: boolean;
  /** Whether all is known by the index that lies beside it. */
  readonly isIndexed: boolean;
  /** Up to where the shard was looked through, in bytes. */
  readonly positionBytes: number;
  /** Bytes that were read for it. */
  readonly readBytes: number;
  /** Reads, or requests, that it took. */
  readonly requests: number;
  /** Whether the archive is damaged there, so that nothing is known of what follows. */
  readonly isDamaged: boolean;
  /** Bytes behind the end of the archive. */
  readonly restBytes: number;
  /** Whether there is something that `continue` goes on with. */
  readonly canContinue: boolean;
  readonly summary: Summary;
}

/** What is known of the samples so far. */
export interface Summary {
  readonly samples: number;
  /** Bytes of their fields. */
  readonly bytes: number;
  /** The fields, the commonest first. */
  readonly fields: readonly FieldSummary[];
  /** Fields with names that are not listed for there being too many. */
  readonly otherFields: number;
  /** Samples that have a class. */
  readonly labelled: number;
  /** How many classes there are. */
  readonly classes: number;
  /** Samples of each class, in the order of the classes: the first of them. */
  readonly classCounts: readonly (readonly [label: number, count: number])[];
  /** How many samples have so many bytes or more, up to the next of 0, 1, 2, 5, 10, 20, 50 and so on. */
  readonly sizes: readonly (readonly [least: number, count: number])[];
}

/** A field, over all samples. */
export interface FieldSummary {
  readonly extension: string;
  /** Samples that have it. */
  readonly count: number;
  /** The least, the greatest and all of its sizes, in bytes. */
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly bytes: number;
}

/** Something that is wrong. */
export interface Problem {
  readonly message: string;
  /** Code of the error, where it has one. */
  readonly code?: string;
  /** What can be done about it. */
  readonly advice?: string;
  /** Whether fetching all of the shard may help. */
  readonly mayReadWhole?: boolean;
}

/** A page of samples. */
export interface Listed {
  readonly query: ListQuery;
  /** Samples that are meant, of which this is a part. */
  readonly total: number;
  readonly samples: readonly ListedSample[];
}

/** A sample in a list. */
export interface ListedSample {
  /** Its place in the list of all. */
  readonly place: number;
  /** Its number in the shard. */
  readonly index: number;
  readonly key: string;
  readonly label?: number;
  readonly extensions: readonly string[];
  readonly bytes: number;
  /** Whether it has an image, or what is called so. */
  readonly hasImage: boolean;
}

/** Pixels as a canvas takes them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4]: RGBA, alpha 255. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  /** Width and height of the image that it is of. */
  readonly imageSize: readonly [width: number, height: number];
}

/** Why there is none. */
export interface Fault {
  readonly fault: string;
}

/** All about a sample. */
export interface Described {
  readonly sample: ListedSample;
  readonly fields: readonly DescribedField[];
  readonly picture?: Picture | Fault;
}

/** A field of a sample. */
export interface DescribedField {
  readonly extension: string;
  readonly sizeBytes: number;
  /** Where its body begins. */
  readonly offsetBytes: number;
  /** What it says, where it is a text. */
  readonly text?: string;
}

/** How far a verification is, and what was found since the last time. */
export interface Verifying {
  readonly phase: "verifying" | "stopped" | "done" | "failed";
  readonly readBytes: number;
  readonly samples: number;
  readonly images: number;
  /** What was found so far in each shard, in the order in which they are read: those that were begun. */
  readonly shards: readonly VerifiedShard[];
  /** How often something was found, by what was looked at. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was found since the last time, as far as it is listed. */
  readonly findings: readonly FoundFault[];
}

/** A shard as far as it was verified. */
export interface VerifiedShard {
  /** The number that the page has given it. */
  readonly shard: number;
  readonly samples: number;
  readonly faults: number;
}

/** Something that a verification has found. */
export interface FoundFault {
  /** Number of the shard, as the page has given it. */
  readonly shard?: number;
  readonly check: string;
  readonly message: string;
  readonly key?: string;
  readonly offsetBytes?: number;
}
