// Leave: hide this page at once and put a neutral one in its place. By the link marked data-leave, or Shift three times.
// It does not clear the browser's history of other pages; the help text says so.
const WITHIN_MS = 5000;
const link = document.querySelector("[data-leave]");
let presses = [];

function leave() {
  document.documentElement.classList.add("is-leaving");
  dispatchEvent(new CustomEvent("leaving"));
  location.replace(link.href);
}

if (link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    presses = [...presses.filter((at) => event.timeStamp - at < WITHIN_MS), event.timeStamp];
    if (presses.length >= 3) leave();
  });
}
