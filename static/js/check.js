// Each answer is kept on the device under an id of its own and sent at once; what to do is in the page already. Without this
// script the form is sent as a form.

import { Queue } from "./player/queue.js";

const form = document.querySelector("form[data-check]");

if (form) {
  const status = document.getElementById("check-status");
  const queue = new Queue({ token: document.querySelector("meta[name=csrf-token]").content });
  const mine = `check/${form.dataset.check}`;
  let isDone = false;
  let hasAnswered = false;
  let onTheirWay = 0; // answers that the queue does not hold yet

  const show = () => {
    if (hasAnswered) status.textContent = !queue.stored && queue.waiting ? form.dataset.unkept : form.dataset[queue.state];
    if (isDone && !onTheirWay && !queue.waiting) location.assign("/today");
  };
  queue.onchange = show;
  const ready = queue.start(mine);

  form.addEventListener("change", async (event) => {
    const [, number] = event.target.name.split(".");
    const id = crypto.randomUUID();
    const at = Date.now();
    form.elements[`id.${number}`].value = id;
    const answer = { id, seq: at, check: form.elements[`check.${number}`].value, value: event.target.value === "yes", at };
    isDone = false;
    hasAnswered = true;
    onTheirWay += 1;
    await ready;
    await queue.add(mine, answer);
    onTheirWay -= 1;
    show();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault(); // the answers are on their way already, and offline this page has to stay
    isDone = true;
    queue.flush();
    show();
  });
}
