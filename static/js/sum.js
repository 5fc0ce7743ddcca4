// The sum of all fields marked data-part, shown in the output marked data-sum while one types. The server checks it.
const form = document.querySelector("form:has([data-sum])");

function number(text) {
  return /^\d+([.,]\d{1,2})?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : 0;
}

form?.addEventListener("input", () => {
  const output = form.querySelector("[data-sum]");
  let hundredths = 0;
  for (const part of form.querySelectorAll("[data-part]")) hundredths += Math.round(number(part.value) * 100);
  const sum = new Intl.NumberFormat(document.documentElement.lang).format(hundredths / 100);
  output.textContent = hundredths ? output.dataset.sum.replace("{sum}", sum) : "";
});
