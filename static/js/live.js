/**
 * The page of one inbox; where its socket and poll are, the page says. Frames come through the socket; a poll is the
 * safety net, every 30 s at first and every few minutes later: the server compares what open pages show with what it has
 * (inbox/live/checks.py), and sends a frame when there is something to ask for. Where no socket can be had they come as
 * server-sent events, to one tab in sight (place.js), and to the others by a poll every 5 s. Whatever was repeated, late
 * or lost, the list ends as the server has it.
 */

import { isRestored, setClock } from "./clock.js";
import { enableCopying } from "./copy.js";
import { HELD, MessageList } from "./list.js";
import { announce, messageArrived, onNews } from "./news.js";
import { notify, offerNotification } from "./notification.js";
import { loadOlder } from "./older.js";
import { insertAbove } from "./pill.js";
import { mayStream } from "./place.js";
import { keepAsking, question } from "./poll.js";
import { rememberPage } from "./recent.js";
import { blank, hasExpired, rowFrom } from "./row.js";
import { keepConnected } from "./socket.js";
import { offerSound, sound } from "./sound.js";
import { eventStream } from "./stream.js";
import { keepTimesFresh, showTimes } from "./times.js";
import { endWaitWith } from "./waiting.js";
import { word } from "./words.js";

const inbox = document.getElementById("inbox");
const badge = document.getElementById("connection");
const empty = document.getElementById("empty");
const list = new MessageList(document.getElementById("messages"), Number(inbox.dataset.limit), () => older.cut());
const { poll, socket: live, events } = inbox.dataset; // paths
const PAUSE = 30_000;
const LONGEST_PAUSE = Number(inbox.dataset.pause) * 1_000 || PAUSE;
const ASKED_WITHIN = 10_000; // so that ten thousand pages don't ask at once
const TRIES = 2; // of sockets, until events are asked for as well
const own = 0.8 + 0.4 * Math.random(); // so that not all pages ask at once
let hasSocket = false;
let socketsFail = false;
let isOpen = false; // something brings frames
let pause = PAUSE; // between polls while something does

const frames = {
  message: ({ html }) => show(rowFrom(html)),
  redacted: ({ id }) => list.find(id) && blank(list.find(id)),
  withheld: ({ id }) => {
    list.forbid(id);
    setTimeout(poller.now, HELD); // an older message has its place now
  },
  restored: ({ id }) => list.allow([id]),
  ask: askSoon,
  retired: end,
};

function take(frame) {
  frames[frame.type]?.(frame);
  showWhetherEmpty();
}

function showWhetherEmpty() {
  empty.hidden = list.newest > 0;
}

function show(row) {
  if (!row) return;
  if (hasExpired(row)) blank(row);
  const isNews = Number(row.dataset.id) > list.newest;
  if (!(isNews ? insertAbove(() => list.insert(row)) : list.insert(row))) return;
  showTimes(row);
  row.classList.toggle("arrived", isNews);
  if (!isNews) return;
  messageArrived(row, endWaitWith(row));
}

/** Something may have been missed: ask, and more often for a while. */
function askSoon() {
  pause = PAUSE;
  poller.soon(ASKED_WITHIN);
}

/** The server does not compare older messages than those that every page has. */
function nextPause() {
  if (!isOpen) return 5_000;
  return list.isExtended ? PAUSE : pause;
}

/** Ask what the server shows, take what is new and drop what is gone there. */
async function ask(after = list.newest) {
  const before = list.ids;
  const asked = performance.now();
  const answer = await question(`${poll}?after=${after}${list.isExtended ? `&to=${list.oldest}` : ""}`);
  if (!isOpen) setState(answer ? "polling" : "reconnecting");
  if (!answer) return;
  if (isOpen) pause = Math.min(2 * pause, LONGEST_PAUSE);
  list.allow(answer.ids ?? [], asked);
  answer.frames.forEach(take);
  if (!answer.ids) return;
  list.retain(before, new Set(answer.ids), asked);
  showWhetherEmpty();
  if (answer.ids.every((id) => list.knows(id))) return;
  if (after) await ask(0);
  else if (list.isExtended) await older.fill(answer.ids);
}

function setState(state) {
  if (badge.dataset.state === state || badge.dataset.state === "retired") return;
  badge.dataset.state = state;
  badge.textContent = word(state);
}

/** After a pause nobody knows what is missing, or whether what was open still is. */
function wake() {
  if (badge.dataset.state === "retired") return;
  if (hasSocket) socket.look();
  else socket.restart();
  stream.look();
  poller.now();
}

function loseNetwork() {
  if (badge.dataset.state === "retired") return;
  stream.stop();
  socket.restart();
}

function followEvents() {
  const isWanted = events && socketsFail && !hasSocket && badge.dataset.state !== "retired";
  if (isWanted && mayStream()) stream.start();
  else stream.stop();
}

function changed() {
  const wasOpen = isOpen;
  isOpen = hasSocket || stream.isOpen;
  if (isOpen) setState("live");
  else if (wasOpen) setState("reconnecting");
  if (isOpen && !wasOpen) askSoon();
  else poller.adjust();
}

function end() {
  socket.stop();
  stream.stop();
  poller.stop();
  older.stop();
  setState("retired");
  list.element.replaceWith(document.getElementById("retired").content.cloneNode(true));
  list.clear();
  empty.remove();
  announce(word("number_retired"));
}

setClock(inbox.dataset.now);
keepTimesFresh();
enableCopying(announce);
rememberPage();
offerSound();
offerNotification();
onNews(sound);
onNews(notify);
badge.hidden = false;
setInterval(() => list.rows.filter(hasExpired).forEach(blank), 1_000);

const older = loadOlder(list, showWhetherEmpty);
const poller = keepAsking({ every: () => own * nextPause(), ask });
const stream = eventStream({ address: () => `${events}?after=${list.newest}`, onFrame: take, onChange: changed });
const socket = keepConnected({
  address: () => `${location.origin.replace("http", "ws")}${live}?after=${list.newest}`,
  onFrame: take,
  onChange: (open, failures) => {
    hasSocket = open;
    if (open || failures >= TRIES) socketsFail = !open;
    followEvents();
    changed();
  },
});

setTimeout(poller.now, isRestored() ? 0 : HELD); // what changed between the making of this page and its first frame
addEventListener("online", wake);
addEventListener("offline", loseNetwork);
addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("visibilitychange", () => {
  followEvents();
  if (!document.hidden) wake();
});
