/** Server-sent events, for where no socket gets through. */

/**
 * @param {object} options
 * @param {() => string} options.address asked for at each start, for the cursor in it
 * @param {(frame: object) => void} options.onFrame
 * @param {() => void} options.onChange `isOpen` is another one
 * @returns {{isOpen: boolean, start: () => void, stop: () => void}}
 */
export function eventStream({ address, onFrame, onChange }) {
  let source = null;
  const stream = { isOpen: false, start, stop };

  function start() {
    if (source) return;
    const opening = new EventSource(address());
    source = opening;
    opening.onopen = () => change(true);
    opening.onmessage = (event) => source === opening && onFrame(JSON.parse(event.data));
    opening.onerror = () => {
      if (source !== opening) return;
      if (stream.isOpen && opening.readyState === EventSource.CONNECTING) change(false); // it comes back by itself, once
      else stop();
    };
  }

  function stop() {
    source?.close();
    source = null;
    change(false);
  }

  function change(open) {
    if (stream.isOpen === open) return;
    stream.isOpen = open;
    onChange();
  }

  return stream;
}
