/** Numbers of a list can be copied. */

import { enableCopying } from "./copy.js";

const announcer = document.getElementById("announcer");

enableCopying((text) => (announcer.textContent = text));
