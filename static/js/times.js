/** Times in the visitor's own zone, and how long ago they were; without scripts the page shows UTC. */

import { now } from "./clock.js";

const EVERY = 10_000;
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const { lang } = document.documentElement;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === lang.split("-")[0]) ?? lang; // de-AT reads de
const digits = { numberingSystem: "latn" }; // those of numbers, codes and the server's times, in Egypt as well
const time = { ...digits, timeStyle: "medium" };
const relative = new Intl.RelativeTimeFormat(locale, { ...digits, numeric: "auto" });
const short = new Intl.RelativeTimeFormat(locale, { ...digits, numeric: "auto", style: "short" });
const clock = new Intl.DateTimeFormat(locale, time);
const dayAndClock = new Intl.DateTimeFormat(locale, { ...time, dateStyle: "medium" });
const toTheMinute = new Intl.DateTimeFormat(locale, { ...digits, dateStyle: "medium", timeStyle: "short" });
const shown = new WeakMap(); // texts by element: a browser that translates the page writes its own over them
const utc = new Intl.DateTimeFormat(locale, { ...time, dateStyle: "medium", timeZone: "UTC" });

/** Show all times now and keep the relative ones true. */
export function keepTimesFresh() {
  showTimes(document);
  setInterval(() => showTimes(document), EVERY);
}

/** @param {ParentNode} root */
export function showTimes(root) {
  for (const element of root.querySelectorAll("time")) {
    const at = new Date(element.dateTime);
    const isRelative = "relative" in element.dataset;
    element.title ||= `${utc.format(at)} UTC`;
    if (isRelative) setText(element, distance(at, element.dataset.relative === "short" ? short : relative));
    else setText(element, "minute" in element.dataset ? toTheMinute.format(at) : exact(at));
    const ago = element.parentElement?.querySelector(".ago");
    if (ago) setText(ago, distance(new Date(Math.min(at, now()))));
  }
}

/** @param {Date} at */
function exact(at) {
  const isToday = at.toDateString() === new Date(now()).toDateString();
  return (isToday ? clock : dayAndClock).format(at);
}

/**
 * @param {Date} at
 * @param {Intl.RelativeTimeFormat} format
 */
function distance(at, format = relative) {
  const seconds = Math.round((at.getTime() - now()) / 1000);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return format.format(Math.trunc(seconds / length), unit);
}

/** Touch the page only when the text is another one: screen readers, translators and selections stay calm. */
function setText(element, text) {
  if (shown.get(element) === text) return;
  shown.set(element, text);
  element.textContent = text;
}
