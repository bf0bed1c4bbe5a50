// What is typed when a session ends is kept in this tab until its person is back at the same address, ten minutes at most.
// Before picker.js, which dresses a choice as it then stands. Secrets and files are never kept.
const KEPT = "typed";
const KEEP_MS = 10 * 60_000;
const SECRET = "[type=password], [type=file], [autocomplete=one-time-code], [autocomplete$=password], [data-secret]";
const person = document.getElementById("main")?.dataset.person;
const address = () => `${location.pathname}?${new URLSearchParams(location.search)}`;
const forget = () => sessionStorage.removeItem(KEPT);

// A password that is shown is a text field for the while.
const isSecret = (field) => field.matches(SECRET) || Boolean(field.id && field.form.querySelector(`[data-reveal="${CSS.escape(field.id)}"]`));
const isTicked = (field) => field.matches("[type=checkbox], [type=radio]");
const fieldsOf = (form) => [...form.elements].filter((field) => field.matches("input, select, textarea") && field.name && field.name !== "csrf_token" && !isSecret(field));
const valuesOf = (form) => fieldsOf(form).map((field) => ({ name: field.name, value: field.value, checked: field.checked, text: field.selectedOptions?.[0]?.text }));

document.addEventListener("session:ended", () => {
  if (!person) return;
  const forms = globalThis.unsaved.setAside().map((form) => ({ action: form.getAttribute("action"), values: valuesOf(form) }));
  if (forms.length) sessionStorage.setItem(KEPT, JSON.stringify({ person, address: address(), until: Date.now() + KEEP_MS, forms }));
});
document.addEventListener("submit", (event) => { if (event.target.matches("form[action='/logout']")) forget(); });

function take() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return [];
  // Nobody is signed in yet: it waits, but not for longer than it may.
  if (person === undefined) { setTimeout(forget, kept.until - Date.now()); return []; }
  forget();
  return kept.person === person && kept.address === address() && Date.now() < kept.until ? kept.forms : [];
}

function set(field, { value, checked, text }) {
  if (isTicked(field)) { field.checked = checked; return; }
  // What a picker had found is not among the newest, which are all that it comes with.
  if (field.matches("select[data-picker]") && ![...field.options].some((one) => one.value === value)) field.add(new Option(text, value));
  field.value = value;
}

function fill(form, values) {
  const fields = fieldsOf(form);
  let lost = false;
  for (const one of values) {
    const at = fields.findIndex((field) => field.name === one.name && (!isTicked(field) || field.value === one.value));
    if (at < 0) lost = true; else set(fields.splice(at, 1)[0], one);
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  const text = lost ? "Look it through: some of it found no place." : "It has not been saved yet.";
  document.dispatchEvent(new CustomEvent("toast", { detail: { title: "What you typed before you were signed out is back.", text } }));
}

const from = address();
let waiting = take();
function putBack() {
  if (address() !== from) waiting = [];
  waiting = waiting.filter(({ action, values }) => {
    const form = document.querySelector(`form[data-form][action="${CSS.escape(action)}"]`);
    if (form) fill(form, values);
    return !form;
  });
}
document.addEventListener("htmx:after:swap", putBack);
putBack();
