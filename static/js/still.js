/** A page of messages that stays as it is: older ones, or those that were searched for. */

import { setClock } from "./clock.js";
import { enableCopying } from "./copy.js";
import { MessageList } from "./list.js";
import { announce } from "./news.js";
import { loadOlder } from "./older.js";
import { rememberPage } from "./recent.js";
import { blank, hasExpired } from "./row.js";
import { keepTimesFresh } from "./times.js";

const inbox = document.getElementById("inbox");
const messages = document.getElementById("messages"); // none where there is only one
const empty = document.getElementById("empty");

setClock(inbox.dataset.now);
keepTimesFresh();
enableCopying(announce);
if (messages) loadOlder(new MessageList(messages, 0), () => (empty.hidden = messages.childElementCount > 0));
rememberPage();
setInterval(() => [...inbox.querySelectorAll(".message")].filter(hasExpired).forEach(blank), 1_000);
