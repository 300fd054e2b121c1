/** Whether a file is called a tar archive, a compressed one too. */
export function isShardName(name: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/i.test(name);
}
