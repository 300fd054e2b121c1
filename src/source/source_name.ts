/**
 * A URL without what may be secret: user, password, query and fragment. Queries go whole, for
 * signed links keep their signatures there under many names.
 */
export function nameUrl(url: URL): string {
  if (url.protocol === "data:") return "data:";
  return `${url.protocol}${url.host === "" ? "" : `//${url.host}`}${url.pathname}`;
}
