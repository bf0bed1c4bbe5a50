// A choice marked data-picker=<address> becomes a text field that finds any record; without scripts it offers the newest.
const SAID = ["aria-describedby", "aria-invalid"];
const said = (choice) => (choice.value ? choice.selectedOptions[0].text : "");

function dress() {
  for (const choice of document.querySelectorAll("select[data-picker]:not([hidden])")) {
    const input = Object.assign(document.createElement("input"), { className: "input", id: choice.id, value: said(choice), autocomplete: "off", spellcheck: false });
    Object.assign(input.dataset, { combobox: choice.dataset.picker, said: said(choice) });
    for (const name of SAID) if (choice.hasAttribute(name)) input.setAttribute(name, choice.getAttribute(name));
    choice.removeAttribute("id");
    choice.required = false;
    choice.hidden = true;
    choice.before(input);
  }
}
const choiceOf = (input) => input.parentElement?.querySelector("select[data-picker]");
function choose(choice, value) {
  if (choice.value === value) return;
  choice.value = value;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("combobox:chosen", (event) => {
  const choice = choiceOf(event.target);
  if (!choice) return;
  const { id, value } = event.detail;
  if (![...choice.options].some((one) => one.value === id)) choice.add(new Option(value, id));
  choose(choice, id);
  event.target.dataset.said = value;
});
// Nothing is left half chosen: an empty field chooses nothing, another text goes back to what is chosen.
document.addEventListener("focusout", (event) => {
  const choice = event.target.matches?.("[data-combobox]") && choiceOf(event.target);
  if (!choice) return;
  if (!event.target.value.trim()) choose(choice, "");
  event.target.value = event.target.dataset.said = said(choice);
});
document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-combobox]") && choiceOf(event.target)) event.target.select(); });
document.addEventListener("htmx:after:swap", dress);
dress();
