/** The server's clock: a visitor's own may be wrong, and codes expire by the server's. */

const LATEST = 2_000; // milliseconds by which a date may be behind: cut to the second, and held by a cache for one
let ahead = 0;
let isKnown = true;

/**
 * Set by the time that the server wrote into this page. It is compared with the moment the page was asked for:
 * on a slow line codes then expire a little early, never late.
 * @param {string} iso RFC 3339
 */
export function setClock(iso) {
  const [load] = performance.getEntriesByType("navigation");
  isKnown = !isRestored();
  if (!isKnown) return; // the page is old: until the next answer the visitor's own clock is the better one
  const askedAt = load ? performance.timeOrigin + load.requestStart : Date.now();
  ahead = Date.parse(iso) - askedAt || 0;
}

/** @returns {boolean} whether the browser shows a page that it had kept, as it does when one goes back */
export function isRestored() {
  return performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

/**
 * Set once by an answer that is newer than a page which was restored.
 * @param {string | null} date of its head, to the second
 */
export function correctClock(date) {
  const at = Date.parse(date);
  if (isKnown || !at) return;
  ahead = at + LATEST - Date.now();
  isKnown = true;
}

/** @returns {number} now, in milliseconds since 1970 */
export function now() {
  return Date.now() + ahead;
}
