/** The sandbox's pages: their messages are live, codes can be copied, and the keyboard is enough. */

import { enableCopying } from "./copy.js";
import { follow } from "./sandbox_live.js";
import { enableKeys, enableLinks } from "./sandbox_keys.js";
import { keepTimesFresh } from "./times.js";

const list = document.getElementById("messages");
const announcer = document.getElementById("announcer");
const announce = (text) => (announcer.textContent = text);
const live = list.dataset.poll ? follow(list, announce) : null;

keepTimesFresh();
enableCopying(announce);
if (location.hash === "#reply") document.getElementById("reply-body")?.focus(); // one more after the one just sent
if (list.dataset.delete) enableKeys(list, live);
else enableLinks();
