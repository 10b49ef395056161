/** What every page does: relative times. */

import { keepTimesFresh } from "./times.js";

keepTimesFresh();
