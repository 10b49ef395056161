/** A notification while the tab is hidden, if asked for. It names senders, never what they wrote. */

import { announce } from "./news.js";
import { Switch } from "./switch.js";

const number = document.querySelector("h1").textContent;
let toggle = null;
let shown = null;

/** Show the switch where there are notifications; permission is asked for only when it is pressed. */
export function offerNotification() {
  if (!window.Notification) return;
  toggle = new Switch("notification", async () => say(await Notification.requestPermission()));
  if (toggle.wasOn) toggle.show(stateFor(Notification.permission));
  document.addEventListener("visibilitychange", () => document.hidden || shown?.close());
}

/** @param {string} text */
export function notify(text) {
  if (!toggle?.isOn || !document.hidden) return;
  try {
    shown = new Notification(number, { body: text, tag: location.pathname, renotify: true });
    shown.onclick = () => focus();
  } catch {
    toggle.show("blocked"); // a phone's browser may have them from installed apps only
  }
}

function say(permission) {
  toggle.show(stateFor(permission));
  if (permission === "denied") announce(toggle.button.innerText.replace(/\s+/g, " "));
}

function stateFor(permission) {
  return { granted: "on", denied: "blocked" }[permission] ?? "off";
}
