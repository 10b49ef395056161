/** The server's clock: a visitor's own may be wrong, and codes expire by the server's. */

let ahead = 0;

/**
 * Set by the time that the server wrote into this page. It is compared with the moment the page was asked for:
 * on a slow line codes then expire a little early, never late.
 * @param {string} iso RFC 3339
 */
export function setClock(iso) {
  const [load] = performance.getEntriesByType("navigation");
  const askedAt = load ? performance.timeOrigin + load.requestStart : Date.now();
  ahead = Date.parse(iso) - askedAt || 0;
}

/** @returns {number} now, in milliseconds since 1970 */
export function now() {
  return Date.now() + ahead;
}
