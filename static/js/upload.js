// Says at once that a chosen file is too large, before it is sent in vain and the page with its text is gone.
const file = document.querySelector("input[type=file][data-most]");

file?.form.addEventListener("submit", (event) => {
  const tooLarge = (file.files[0]?.size ?? 0) > Number(file.dataset.most);
  file.setCustomValidity(tooLarge ? file.dataset.tooLarge : "");
  if (tooLarge) {
    event.preventDefault();
    file.reportValidity();
  }
});
file?.addEventListener("change", () => file.setCustomValidity(""));
