// Puts focus where it belongs, once pickers stand: on the error summary, on a panel's first field, on the field a summary line names.
const FIELDS = ":is(input, select, textarea):not([type=hidden], [hidden], :disabled, [tabindex='-1'])";
function settle(root) {
  const summary = root.querySelector("[data-focus]");
  if (summary) {
    if (!document.title.startsWith("Error:")) document.title = `Error: ${document.title}`;
    return summary.focus();
  }
  document.title = document.title.replace(/^Error: /, "");
  if (!root.matches("[data-panel]") || root.contains(document.activeElement) && document.activeElement !== root) return;
  const first = root.querySelector("[autofocus]") ?? root.querySelector(`.panel__body ${FIELDS}`) ?? root.querySelector(".panel__title");
  first?.focus();
}

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx.target;
  if (target instanceof Element && target.matches("[data-panel]")) settle(target);
});
// A list that is read anew gives focus back to the link that had it, or to what stands in its place.
let held = null;
document.addEventListener("htmx:before:swap", () => { held = document.activeElement?.closest("main a[href]")?.getAttribute("href"); });
document.addEventListener("htmx:after:swap", () => {
  if (held && document.activeElement === document.body) (document.querySelector(`main a[href="${CSS.escape(held)}"]`) ?? document.getElementById("main"))?.focus({ preventScroll: true });
  held = null;
});
addEventListener("close", () => { if (!document.querySelector("main [data-focus]")) document.title = document.title.replace(/^Error: /, ""); }, true);
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  if (!link) return;
  event.preventDefault();
  const field = document.getElementById(link.hash.slice(1));
  field?.scrollIntoView({ block: "center" });
  (field?.matches("fieldset") ? field.querySelector("input") ?? field : field)?.focus({ preventScroll: true });
});
const page = document.querySelector("main .form--page[data-form]");
(document.querySelector("main [data-focus]") ?? (location.hash ? null : page?.querySelector("[autofocus]") ?? page?.querySelector(FIELDS)))?.focus({ preventScroll: true });
