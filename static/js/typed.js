// What is typed is kept in this tab when a session ends and when a drawer becomes a page, until its person is at the form's
// address again, ten minutes at most. Before picker.js, which dresses a choice as it then stands. Never secrets nor files.
const KEPT = "typed";
const KEEP_MS = 10 * 60_000;
const SECRET = "[type=password], [type=file], [autocomplete=one-time-code], [autocomplete$=password], [data-secret]";
const person = document.getElementById("main")?.dataset.person;
const address = (at = location) => `${at.pathname}?${new URLSearchParams(at.search)}`;
const forget = () => sessionStorage.removeItem(KEPT);

// A password that is shown is a text field for the while.
const isSecret = (field) => field.matches(SECRET) || Boolean(field.id && field.form.querySelector(`[data-reveal="${CSS.escape(field.id)}"]`));
const isTicked = (field) => field.matches("[type=checkbox], [type=radio]");
const fieldsOf = (form) => [...form.elements].filter((field) => field.matches("input, select, textarea") && field.name && field.name !== "csrf_token" && !isSecret(field));
const valuesOf = (form) => fieldsOf(form).map((field) => ({ name: field.name, value: field.value, checked: field.checked, text: field.selectedOptions?.[0]?.text }));

const write = (kept) => sessionStorage.setItem(KEPT, JSON.stringify(kept));

function keep(forms, why, at = location) {
  if (!person || !forms.length) return;
  const kept = forms.map((form) => ({ action: form.getAttribute("action"), values: valuesOf(form) }));
  write({ person, why, address: address(at), until: Date.now() + KEEP_MS, forms: kept });
}
document.addEventListener("session:ended", () => keep(globalThis.unsaved.setAside(), "ended"));
// The browser sends a page's form without us: only the page that comes next tells whether the session had ended.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form.form--page[data-form][method=post]") && !event.defaultPrevented) keep([form], "sent");
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-as-page]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) keep(globalThis.unsaved.setAside(), "moved", new URL(link.href));
});
document.addEventListener("submit", (event) => { if (event.target.matches("form[action='/logout']")) forget(); });

let hadEnded = false;
function take() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return [];
  // Nobody is signed in yet: it waits, but not for longer than it may.
  if (person === undefined) {
    if (kept.why === "sent") write({ ...kept, why: "ended" });
    setTimeout(forget, kept.until - Date.now());
    return [];
  }
  forget();
  hadEnded = kept.why === "ended";
  return kept.why !== "sent" && kept.person === person && kept.address === address() && Date.now() < kept.until ? kept.forms : [];
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
  if (!hadEnded) return;
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
