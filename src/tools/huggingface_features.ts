/**
 * What Hugging Face's datasets write into the footers of Parquet files: the features of the columns.
 *
 * @module
 */

/** Features of columns, as far as they say what becomes of a column. */
export interface Features {
  /** Columns that are numbers of classes, and the names of these. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** Columns that are images. */
  readonly images: ReadonlySet<string>;
}

/**
 * Reads the value of the footer's key `huggingface`: `{ info: { features: { image: { _type: "Image" }, … } } }`. What is
 * absent or no such JSON says nothing of any column, as where another program wrote the file.
 *
 * Exact: `datasets` 5.0, `Features.from_arrow_schema`, for `Image` and `ClassLabel`.
 */
export function readFeatures(text: string | undefined): Features {
  const labels = new Map<string, readonly string[]>();
  const images = new Set<string>();
  for (const [column, feature] of Object.entries(parseFeatures(text))) {
    const { _type: type, names } = (feature ?? {}) as { _type?: unknown; names?: unknown };
    if (type === "Image") images.add(column);
    else if (type === "ClassLabel" && isNames(names)) labels.set(column, names);
  }
  return { labels, images };
}

function parseFeatures(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const features = JSON.parse(text)?.info?.features;
    return typeof features === "object" && features !== null ? features : {};
  } catch {
    return {};
  }
}

function isNames(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.every((name) => typeof name === "string");
}
