/** A page of messages that stays as it is: older ones, or those that were searched for. */

import { setClock } from "./clock.js";
import { enableCopying } from "./copy.js";
import { announce } from "./news.js";
import { blank, hasExpired } from "./row.js";
import { keepTimesFresh } from "./times.js";

const inbox = document.getElementById("inbox");

setClock(inbox.dataset.now);
keepTimesFresh();
enableCopying(announce);
setInterval(() => [...inbox.querySelectorAll(".message")].filter(hasExpired).forEach(blank), 1_000);
