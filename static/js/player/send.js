// Today sends what a session or a check left on this device: ended while offline, or signed out in between.

import { Queue } from "./queue.js";

new Queue({ token: document.querySelector("meta[name=csrf-token]").content }).start();
