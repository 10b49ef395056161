/** Single keys for a list of messages. They can be switched off, and do nothing where somebody writes. */

const SWITCH = "sandbox-keys";
const dialog = document.getElementById("keys");
const checkbox = document.getElementById("keys-on");
const button = document.getElementById("keys-button");
const search = document.getElementById("q");
const deleting = document.getElementById("deleting");

/**
 * @param {HTMLOListElement} list
 * @param {{ask: () => Promise<void>} | null} live what keeps it up to date
 */
export function enableKeys(list, live) {
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    c: () => current()?.querySelector("[data-copy]")?.click(),
    d: () => remove(current()),
    "/": () => search.select(),
    "?": () => dialog.showModal(),
  };

  function current() {
    return document.activeElement?.closest("#messages > li") ?? null;
  }

  function move(step) {
    const rows = [...list.children];
    const place = rows.indexOf(current());
    const row = rows[place < 0 ? 0 : Math.min(Math.max(place + step, 0), rows.length - 1)];
    focusOn(row);
  }

  /** Without asking first, as it is one message of a program; the focus goes to the one that takes its place. */
  async function remove(row) {
    if (!row) return;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const body = new FormData(deleting);
    body.append("message", row.dataset.id);
    const answer = await fetch(list.dataset.delete, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer || answer.status >= 400) return;
    if (!live) row.remove();
    focusOn(next);
    await live?.ask();
  }

  listen(keys, () => !dialog.open);
  list.addEventListener("click", (event) => {
    const pressed = event.target.closest("button[name=message]");
    if (!pressed) return;
    event.preventDefault();
    remove(pressed.closest("li"));
  });
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  checkbox.checked = isOn();
  checkbox.addEventListener("change", () => localStorage.setItem(SWITCH, checkbox.checked ? "on" : "off"));
}

/** On a message's own page the same keys lead to the next and the previous one, and `u` up to the list. */
export function enableLinks() {
  const follow = (id) => () => document.getElementById(id)?.click();
  listen({ j: follow("older"), k: follow("newer"), u: follow("back") }, () => true);
}

function listen(keys, isOpen) {
  addEventListener("keydown", (event) => {
    const key = keys[event.key];
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (!key || !isPlain || (event.repeat && !"jk".includes(event.key))) return;
    if (!isOn() || !isOpen() || isWritten(event.target)) return;
    event.preventDefault();
    key();
  });
}

function isOn() {
  return localStorage.getItem(SWITCH) !== "off";
}

function focusOn(row) {
  const link = row?.querySelector("a");
  link?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function isWritten(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}
