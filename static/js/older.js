/**
 * Older messages: the next page's rows come in below when its link comes near, or is pressed. After some pages only
 * pressing brings more, so that the foot of the page can be reached; a full list leads to a page of its own.
 */

import { announce } from "./news.js";
import { pageFrom } from "./row.js";
import { showTimes } from "./times.js";
import { word } from "./words.js";

const NEAR = "600px";
const BY_SCROLLING = 3; // pages
const ANSWERS_WITHIN = 10_000;

/**
 * @param {import("./list.js").MessageList} list
 * @param {() => void} onLoad rows have come
 * @returns {{cut: () => void, fill: (ids: number[]) => Promise<void>, stop: () => void}}
 */
export function loadOlder(list, onLoad) {
  const place = document.getElementById("older");
  const link = place.querySelector("a");
  const end = document.getElementById("end"); // where everything that is kept can be listed
  let loading = null;
  let scrolled = 0;
  const observer = new IntersectionObserver(nearer, { rootMargin: `0px 0px ${NEAR}` });

  async function nearer(entries) {
    if (!entries.at(-1).isIntersecting || list.isFull) return;
    if (scrolled++ >= BY_SCROLLING) observer.disconnect();
    else if (await load()) observe(); // it tells of changes only, and the link may be near still
  }

  function observe() {
    observer.unobserve(link);
    observer.observe(link);
  }

  /** @returns {Promise<boolean>} whether the server answered */
  function load() {
    loading ??= loadNext().finally(() => (loading = null));
    return loading;
  }

  async function loadNext() {
    const page = await ask(link.href);
    if (!page) return false;
    list.extend();
    const shown = page.rows.filter(put);
    const isDone = !page.next;
    if (!isDone) link.href = page.next;
    if (list.isFull) cut();
    if (document.activeElement === link) focusOn(shown[0] ?? (isDone && end));
    place.hidden = isDone;
    if (end) end.hidden = !isDone;
    if (shown.length) announce(word("older_shown", { count: shown.length }));
    onLoad();
    return true;
  }

  function put(row) {
    const isNew = list.insert(row);
    if (isNew) showTimes(row);
    return isNew;
  }

  /** The last rows made room for new ones: they are older messages from now on. */
  function cut() {
    const next = new URL(link.href || location.href);
    next.searchParams.set("before", list.oldest);
    link.href = next;
    place.hidden = false;
    if (end) end.hidden = true;
  }

  /**
   * Get rows that are missing between others, as after a long time without a connection.
   * @param {number[]} ids newest first
   */
  async function fill(ids) {
    const missing = ids.filter((id) => !list.find(id));
    if (!missing.length) return;
    const page = await ask(`?before=${missing[0] + 1}`);
    if (page?.rows.filter(put).length) await fill(missing);
  }

  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || list.isFull) return;
    event.preventDefault();
    if (!(await load())) location.assign(link.href);
  });
  observer.observe(link);

  return {
    cut,
    fill,
    stop() {
      observer.disconnect();
      place.remove();
      end?.remove();
    },
  };
}

/** @param {string} address of a page of messages */
async function ask(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWERS_WITHIN) });
    return answer.ok ? pageFrom(await answer.text()) : null;
  } catch {
    return null;
  }
}

function focusOn(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
