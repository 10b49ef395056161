/** A WebSocket that comes back: after 1, 2, 5, 10, then every 30 s, spread so that not all pages come at once. */

const WAITS = [1_000, 2_000, 5_000, 10_000, 30_000];
const OPENS_WITHIN = 10_000;
const HELD = 10_000; // a connection that lasted this long was a good one: begin with the shortest wait again

/**
 * @param {object} options
 * @param {() => string} options.address asked for at each try, for the cursor in it
 * @param {(frame: object) => void} options.onFrame
 * @param {(open: boolean, failures: number) => void} options.onChange how many tries in a row have failed, too
 * @returns {{restart: () => void, stop: () => void}}
 */
export function keepConnected({ address, onFrame, onChange }) {
  let socket = null;
  let timer = 0;
  let failures = 0;

  function open() {
    clearTimeout(timer);
    const opening = new WebSocket(address());
    let openedAt = Infinity;
    socket = opening;
    timer = setTimeout(() => opening.close(), OPENS_WITHIN);
    opening.onopen = () => {
      clearTimeout(timer);
      openedAt = performance.now();
      onChange(true, 0);
    };
    opening.onmessage = (event) => socket === opening && onFrame(JSON.parse(event.data));
    opening.onclose = () => {
      if (socket !== opening) return;
      if (performance.now() - openedAt > HELD) failures = 0;
      openLater();
    };
  }

  function openLater() {
    clearTimeout(timer);
    const wait = WAITS[Math.min(failures++, WAITS.length - 1)];
    timer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    onChange(false, failures);
  }

  function stop() {
    clearTimeout(timer);
    const last = socket;
    socket = null;
    last?.close();
  }

  function restart() {
    stop();
    failures = 0;
    onChange(false, 0);
    open();
  }

  open();
  return { restart, stop };
}
