// A text field marked data-combobox=<address> offers what the server finds; without scripts it takes the value itself.
// Choosing dispatches combobox:chosen on the field, with the option's data as its detail. One that says in data-said what
// is chosen already offers the newest before anything else is typed.
const WAIT_MS = 160;
const list = Object.assign(document.createElement("ul"), { id: "combobox-list", className: "combobox", hidden: true });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Found");
let field = null;
let timer;
let asked;
let isOld = false;

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => options().find((one) => one.getAttribute("aria-selected") === "true");

function open(input) {
  if (field !== input) input.closest(".control").append(list);
  field = input;
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}
function close() {
  clearTimeout(timer);
  asked?.abort();
  list.hidden = true;
  isOld = false;
  list.replaceChildren();
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
  field = null;
}
function select(index) {
  options().forEach((one, at) => {
    one.id = `combobox-${at}`;
    one.setAttribute("aria-selected", String(at === index));
    if (at === index) { one.scrollIntoView({ block: "nearest" }); field.setAttribute("aria-activedescendant", one.id); }
  });
}
async function ask(input) {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(input.dataset.combobox, location);
  address.searchParams.set("q", input.value === input.dataset.said ? "" : input.value.trim());
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: asked.signal });
    if (!answer.ok || document.activeElement !== input) return;
    open(input);
    list.innerHTML = await answer.text();
    isOld = false;
    select(0);
  } catch { /* A newer question was asked, or the network is away: the field takes the number as it is typed. */ }
}
const mayAsk = (input) => "said" in input.dataset || Boolean(input.value.trim());
function take(option) {
  const input = field;
  input.value = option.dataset.value;
  const detail = { ...option.dataset };
  close();
  input.dispatchEvent(new CustomEvent("combobox:chosen", { bubbles: true, detail }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function prepare(root) {
  for (const input of root.querySelectorAll("[data-combobox]:not([role])")) {
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["placeholder", "Number or name"]]) input.setAttribute(name, value);
  }
}
document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-combobox]")) prepare(event.target.parentElement); });
document.addEventListener("htmx:after:swap", () => prepare(document));
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-combobox]")) return;
  clearTimeout(timer);
  // What is shown was found for fewer letters: Enter takes none of it.
  isOld = !list.hidden;
  if (!mayAsk(input)) { close(); return; }
  timer = setTimeout(() => ask(input), WAIT_MS);
});
document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-combobox]")) return;
  if (list.hidden || field !== input) {
    if (event.key === "ArrowDown" && mayAsk(input)) { event.preventDefault(); ask(input); }
    return;
  }
  const index = options().indexOf(chosen());
  const size = options().length;
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && size) {
    event.preventDefault();
    select((index + (event.key === "ArrowDown" ? 1 : -1) + size) % size);
  } else if (event.key === "Enter" && (isOld || chosen())) {
    event.preventDefault();
    if (!isOld) take(chosen());
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.matches?.("[data-combobox][data-said]") && list.hidden) ask(event.target);
});
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});
document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
prepare(document);
