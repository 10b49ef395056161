/**
 * Keeps a list of captured messages as the server has it: asks every second while it is in sight which messages there
 * are, and for those that changed. Whoever watches is at the same machine, or an operator. The badge says what is true:
 * live is only what has just been answered.
 */

import { rowFrom } from "./row.js";
import { showTimes } from "./times.js";

const EVERY = 1_000;
const OUT_OF_SIGHT = 10; // so many times less often; the title says then how many are unread
const ANSWERS_WITHIN = 5_000;
const SAID_FOR = 3_000;
const badge = document.getElementById("connection");
const whenEmpty = document.getElementById("empty");
const deleteAll = document.getElementById("delete-all");
const readAll = document.getElementById("read-all");
const { title } = document;

/**
 * @param {HTMLOListElement} list
 * @param {(text: string) => void} announce tells screen readers
 * @returns {{ask: () => Promise<void>}} `ask` at once
 */
export function follow(list, announce) {
  const { poll } = list.dataset;
  let { cursor } = list.dataset;
  let timer = 0;
  let asking = null;
  let ended = false;
  let waits = 0;

  async function ask() {
    asking ??= question().finally(() => (asking = null));
    await asking;
  }

  async function question() {
    try {
      const signal = AbortSignal.timeout(ANSWERS_WITHIN);
      const answer = await fetch(`${poll}&since=${encodeURIComponent(cursor)}`, { redirect: "manual", signal });
      if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 429)) end();
      else if (answer.ok) take(await answer.json());
      else lose();
    } catch {
      lose(); // the server is away, or too slow: the next one may be answered
    }
  }

  function take(found) {
    cursor = found.cursor;
    for (const [id, html] of Object.entries(found.rows)) put(list, id, html);
    arrange(list, found.ids);
    if (whenEmpty) whenEmpty.hidden = found.ids.length > 0;
    if (deleteAll) deleteAll.hidden = !found.ids.length;
    if (readAll) readAll.hidden = !found.unread;
    document.title = found.unread ? `(${found.unread}) ${title}` : title;
    if (badge.dataset.state === "lost") announce(say("again"));
    say("live");
  }

  function lose() {
    if (badge.dataset.state !== "lost") announce(say("lost"));
  }

  function end() {
    ended = true;
    announce(say("ended"));
  }

  function askLater() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!document.hidden || ++waits % OUT_OF_SIGHT === 0) await ask();
      if (!ended) askLater();
    }, EVERY);
  }

  badge.hidden = false;
  document.addEventListener("visibilitychange", () => !document.hidden && !ended && ask());
  ask();
  askLater();
  return { ask };
}

/** @returns {string} what the badge says now; that there is a connection again, it only tells */
function say(state) {
  const words = badge.querySelector(`[data-state-word=${state}]`);
  if (state === "again") return words.textContent;
  badge.dataset.state = state;
  for (const other of badge.children) other.hidden = other !== words;
  return words.textContent;
}

/** A row takes the place of its older self, opened as that was; one that is the same stays, with the focus in it. */
function put(list, id, html) {
  const old = document.getElementById(`m${id}`);
  if (old && old.html === html) return;
  const row = rowFrom(html);
  row.html = html;
  if (old) {
    keepOpened(old, row);
    const focusable = "a, button, summary, [tabindex]";
    const focused = [...old.querySelectorAll(focusable)].indexOf(document.activeElement);
    old.replaceWith(row);
    if (focused >= 0) row.querySelectorAll(focusable)[focused]?.focus({ preventScroll: true });
  } else {
    row.classList.add("arrived");
    setTimeout(() => row.classList.remove("arrived"), SAID_FOR);
    list.append(row);
  }
  showTimes(row);
}

function keepOpened(old, row) {
  const opened = [...old.querySelectorAll("details")].map(({ open }) => open);
  row.querySelectorAll("details").forEach((details, place) => {
    details.open = opened[place] ?? details.open;
  });
}

/** @param {number[]} ids in the order of the list; a row of none of them goes */
function arrange(list, ids) {
  const shown = new Set(ids.map((id) => `m${id}`));
  for (const row of [...list.children]) if (!shown.has(row.id)) row.remove();
  let place = list.firstElementChild;
  for (const id of ids) {
    const row = document.getElementById(`m${id}`);
    if (row === place) place = place.nextElementSibling;
    else if (row) list.insertBefore(row, place);
  }
}
