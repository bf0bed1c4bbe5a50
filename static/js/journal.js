// The sheet of a transaction: lines and batches are added and removed in place, an account fills its currency, chosen or
// typed, the exchange rate shows where it is needed, and the server is asked for the balance as one types.
const WAIT_MS = 350;
let timer;

const sheet = (node) => node.closest?.("[data-journal]");
const copy = () => document.querySelector("[data-batch-template]").content;

function check(form) {
  clearTimeout(timer);
  timer = setTimeout(() => htmx.trigger(form.querySelector("[data-balance-check]"), "journal:check"), WAIT_MS);
}
function number(node, batch, line) {
  for (const one of [node, ...node.querySelectorAll("*")]) {
    for (const { name, value } of [...one.attributes]) {
      const made = line === undefined ? value.replace(/\bb0\b/g, `b${batch}`) : value.replace(/\bb0-l0\b/g, `b${batch}-l${line}`);
      if (made !== value) one.setAttribute(name, made);
    }
  }
}
function addLine(batch, side) {
  const key = batch.dataset.batch;
  const next = Math.max(0, ...[...batch.querySelectorAll("[data-line]")].map((one) => Number(one.dataset.line))) + 1;
  const line = copy().querySelector(`[data-lines=${side}] [data-line]`).cloneNode(true);
  number(line, key, next);
  line.dataset.line = next;
  line.setAttribute("aria-label", `${side === "D" ? "Debit" : "Credit"} line ${next}`);
  batch.querySelector(`[data-lines=${side}]`).append(line);
  return line;
}
function addBatch(form) {
  const next = Math.max(0, ...[...form.querySelectorAll("[data-batch]")].map((one) => Number(one.dataset.batch))) + 1;
  const batch = copy().firstElementChild.cloneNode(true);
  for (const lines of batch.querySelectorAll("[data-lines]")) lines.replaceChildren();
  number(batch, next);
  batch.dataset.batch = next;
  batch.setAttribute("aria-label", `Batch ${next}`);
  batch.querySelector("[data-drop-batch]").setAttribute("aria-label", `Remove batch ${next}`);
  batch.querySelector("[data-batch-title]").textContent = `Batch ${next}`;
  for (const button of batch.querySelectorAll("[data-add-line]")) button.value = `${button.dataset.addLine}${next}`;
  form.querySelector("[data-batches]").append(batch);
  for (const side of ["D", "C"]) addLine(batch, side);
  return batch;
}
// The options of an open list tell their currency as well: only the select is the line's.
const choiceOf = (line) => line.querySelector("select[data-currency]");
function showRate(line) {
  const choice = choiceOf(line);
  const currency = choice.value;
  const { precision } = choice.selectedOptions[0].dataset;
  if (precision) line.querySelector("[data-amount]").dataset.amount = precision;
  const rate = line.querySelector("[data-rate]");
  rate.hidden = !(currency && line.dataset.own && currency !== line.dataset.own);
  rate.querySelector("[data-manual]").hidden = rate.querySelector("[data-source]").selectedOptions[0].dataset.typed === undefined;
}
function own(line, { currency, name }) {
  line.dataset.own = currency;
  choiceOf(line).value ||= currency;
  line.querySelector("[data-owner]").textContent = name;
  showRate(line);
  check(sheet(line));
}
function forget(line) {
  choiceOf(line).value = "";
  own(line, { currency: "", name: "" });
}
async function recognise(line, input) {
  const typed = input.value.trim();
  forget(line);
  if (!typed) return;
  const address = new URL(input.dataset.combobox, location);
  address.searchParams.set("q", typed);
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const found = document.createElement("ul");
    found.innerHTML = await answer.text();
    const option = [...found.children].find((one) => one.dataset.value?.toUpperCase() === typed.toUpperCase());
    if (option && line.isConnected && input.value.trim() === typed) own(line, option.dataset);
  } catch { /* The network is away: the server takes the account's own currency where none is chosen. */ }
}
function focusIn(node) { node?.querySelector("input:not([type=hidden]), select")?.focus(); }

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-journal] button[name=step]");
  if (!button) return;
  event.preventDefault();
  const form = sheet(button);
  const batch = button.closest("[data-batch]");
  if (button.matches("[data-add-line]")) focusIn(addLine(batch, button.dataset.addLine));
  else if (button.matches("[data-add-batch]")) focusIn(addBatch(form));
  else if (button.matches("[data-drop-line]")) {
    const line = button.closest("[data-line]");
    const beside = line.nextElementSibling ?? line.previousElementSibling;
    const lines = line.parentElement;
    line.remove();
    beside ? beside.querySelector("[data-drop-line]").focus() : lines.nextElementSibling.focus();
  } else if (button.matches("[data-drop-batch]")) {
    const beside = batch.nextElementSibling ?? batch.previousElementSibling;
    batch.remove();
    (beside ?? form.querySelector("[data-add-batch]")).focus();
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("input", (event) => { const form = event.target instanceof Element && sheet(event.target); if (form) check(form); });
document.addEventListener("change", (event) => {
  const line = event.target.closest?.("[data-journal] [data-line]");
  if (!line) return;
  // The browser's own change is of what was typed; that of a chosen account is told by the list.
  if (event.isTrusted && event.target.matches("[data-combobox]")) recognise(line, event.target);
  else showRate(line);
});
document.addEventListener("combobox:chosen", (event) => {
  const line = event.target.closest("[data-journal] [data-line]");
  if (!line) return;
  forget(line);
  own(line, event.detail);
});
for (const line of document.querySelectorAll("[data-journal] [data-line]")) showRate(line);
