/** The server's clock: a visitor's own may be wrong, and codes expire by the server's. */

let ahead = 0;

/**
 * Set by a time the server has just said.
 * @param {string} iso RFC 3339
 */
export function setClock(iso) {
  ahead = Date.parse(iso) - Date.now() || 0;
}

/** @returns {number} now, in milliseconds since 1970 */
export function now() {
  return Date.now() + ahead;
}
