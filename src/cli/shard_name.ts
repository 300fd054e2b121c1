/** Whether a path or URL is called a tar archive, a compressed one too. */
export function isShardName(name: string): boolean {
  const path = /^https?:/.test(name) ? name.replace(/[?#].*$/, "") : name;
  return /\.(tar|tar\.gz|tgz)$/i.test(path);
}
