/**
 * The sandbox's page: asks every second while it is in sight which messages there are, and for the rows of those that
 * changed. Whoever watches is at the same machine, or an operator.
 */

import { enableCopying } from "./copy.js";
import { rowFrom } from "./row.js";
import { keepTimesFresh, showTimes } from "./times.js";

const EVERY = 1_000;
const list = document.getElementById("messages");
const announcer = document.getElementById("announcer");
const whenEmpty = document.getElementById("empty");
const deleteAll = document.getElementById("delete-all");
const { poll } = list.dataset;
const isSearch = new URLSearchParams(location.search).get("q");
let { cursor } = list.dataset;

keepTimesFresh();
enableCopying((text) => {
  announcer.textContent = text;
});
keepAsking();

async function keepAsking() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (!document.hidden) await ask().catch(() => {}); // the server is away: the next one may be answered
  }
}

async function ask() {
  const answer = await fetch(`${poll}&since=${encodeURIComponent(cursor)}`, { redirect: "error" });
  if (!answer.ok) return;
  const found = await answer.json();
  cursor = found.cursor;
  for (const [id, html] of Object.entries(found.rows)) put(id, html);
  arrange(found.ids);
  whenEmpty.hidden = found.ids.length > 0;
  deleteAll.hidden = !found.ids.length || Boolean(isSearch);
}

/** A row takes the place of its older self, opened as that was; one that is the same stays, with the focus in it. */
function put(id, html) {
  const old = document.getElementById(`m${id}`);
  if (old && old.html === html) return;
  const row = rowFrom(html);
  row.html = html;
  if (!old) {
    list.prepend(row);
  } else {
    const opened = [...old.querySelectorAll("details")].map(({ open }) => open);
    row.querySelectorAll("details").forEach((details, place) => {
      details.open = opened[place] ?? false;
    });
    const focusable = "button, summary";
    const focused = [...old.querySelectorAll(focusable)].indexOf(document.activeElement);
    old.replaceWith(row);
    if (focused >= 0) row.querySelectorAll(focusable)[focused]?.focus();
  }
  showTimes(row);
}

/** @param {number[]} ids in the order of the list; a row of none of them goes */
function arrange(ids) {
  const shown = new Set(ids.map((id) => `m${id}`));
  for (const row of [...list.children]) if (!shown.has(row.id)) row.remove();
  let place = list.firstElementChild;
  for (const id of ids) {
    const row = document.getElementById(`m${id}`);
    if (row === place) place = place.nextElementSibling;
    else if (row) list.insertBefore(row, place);
  }
}
