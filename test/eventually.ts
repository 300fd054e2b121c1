/** Bounds of time on machines that do something else meanwhile. */

/**
 * Runs a check until it passes once: what other programs take of the machine makes work slow now and then, but what
 * takes too long by itself does so each time.
 *
 * @throws What the check threw the last time, if it never passes.
 */
export async function eventually(check: () => void | Promise<void>, tries = 10): Promise<void> {
  for (let left = tries - 1;; left--) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
