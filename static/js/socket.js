/**
 * A WebSocket that comes back: after 1, 2, 5, 10, then every 30 s, spread so that not all pages come at once. One that
 * has died without a word is replaced.
 */

import { watchSilence } from "./silence.js";

const WAITS = [1_000, 2_000, 5_000, 10_000, 30_000];
const OPENS_WITHIN = 10_000;
const HELD = 10_000; // a connection that lasted this long was a good one: begin with the shortest wait again

/**
 * @param {object} options
 * @param {() => string} options.address asked for at each try, for the cursor in it
 * @param {(frame: object) => void} options.onFrame
 * @param {(open: boolean, failures: number) => void} options.onChange how many tries in a row have failed, too
 * @returns {{restart: () => void, look: () => void, stop: () => void}} `look` whether it is still heard
 */
export function keepConnected({ address, onFrame, onChange }) {
  let socket = null;
  let timer = 0;
  let failures = 0;
  const silence = watchSilence(restart);

  function open() {
    clearTimeout(timer);
    const opening = new WebSocket(address());
    let openedAt = Infinity;
    socket = opening;
    timer = setTimeout(() => opening.close(), OPENS_WITHIN);
    opening.onopen = () => {
      clearTimeout(timer);
      openedAt = performance.now();
      silence.heard();
      onChange(true, 0);
    };
    opening.onmessage = (event) => {
      if (socket !== opening) return;
      silence.heard();
      onFrame(JSON.parse(event.data));
    };
    opening.onclose = () => {
      if (socket !== opening) return;
      if (performance.now() - openedAt > HELD) failures = 0;
      openLater();
    };
  }

  function openLater() {
    silence.stop();
    clearTimeout(timer);
    const wait = WAITS[Math.min(failures++, WAITS.length - 1)];
    timer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    onChange(false, failures);
  }

  function stop() {
    silence.stop();
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
  return { restart, look: silence.look, stop };
}
