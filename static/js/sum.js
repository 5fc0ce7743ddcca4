// The sums of all fields marked data-part (units, ml), shown in the output marked data-sum while one types. The server
// checks them.
const form = document.querySelector("form:has([data-sum])");
const format = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 3 });

function number(text) {
  return /^(\d+([.,]\d{1,2})?|\d+[.,]\d{2}[1-9]|0[.,]\d{3})$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : 0;
}

function thousandths(part) {
  let sum = 0;
  for (const field of form.querySelectorAll(`[data-part="${part}"]`)) sum += Math.round(number(field.value) * 1000);
  return sum;
}

form?.addEventListener("input", () => {
  const output = form.querySelector("[data-sum]");
  const units = thousandths("units");
  const ml = thousandths("ml");
  const told = ml ? output.dataset.sumMl : units ? output.dataset.sum : "";
  output.textContent = told.replace("{sum}", format.format(units / 1000)).replace("{ml}", format.format(ml / 1000));
});
