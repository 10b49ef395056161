/**
 * A browser has six connections to a host for all its tabs (HTTP/1.1), and a stream keeps one: tabs in sight take turns
 * at a single place, so that pages still load. HTTP/2 has room for all.
 */

const isRoomy = /^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol);

/** @returns {boolean} whether this page may hold a stream at all now */
export function mayStream() {
  return isRoomy || !document.hidden;
}

/**
 * Wait for the place; where tabs cannot arrange it (no Web Locks on plain http), being in sight must do.
 * @param {() => void} onTurn the place is ours
 * @returns {() => void} gives it back, or stops waiting
 */
export function takePlace(onTurn) {
  if (isRoomy || !navigator.locks) {
    const timer = setTimeout(onTurn);
    return () => clearTimeout(timer);
  }
  const waiting = new AbortController();
  const { signal } = waiting;
  const hold = () => {
    if (signal.aborted) return null; // granted and given back in one moment
    onTurn();
    return new Promise((release) => signal.addEventListener("abort", release));
  };
  navigator.locks.request("stream", { signal }, hold).catch(() => {}); // given back while waiting
  return () => waiting.abort();
}
