// Knows whether a form was touched, and asks before the work is dropped. Shares itself as globalThis.unsaved.
const touched = new WeakSet();

const mark = (event) => {
  const form = event.target.closest?.("form[data-form]");
  if (form) touched.add(form);
};
document.addEventListener("input", mark);
document.addEventListener("change", mark);
// A form that is answered by itself, refused or a step further, is new and has the old work in it, which is saved nowhere.
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement?.closest?.("form");
  if (touched.has(form) && (form !== ctx.sourceElement || ctx.response?.status >= 400)) ctx.unsaved = form;
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!ctx.unsaved || ctx.unsaved.isConnected) return;
  for (const again of ctx.target.querySelectorAll("form[data-form]")) touched.add(again);
});
for (const summary of document.querySelectorAll("form[data-form] .error-summary")) touched.add(summary.closest("form"));
document.addEventListener("submit", (event) => { if (!event.target.hasAttribute("hx-post")) touched.delete(event.target); });

function isDirty(scope) {
  return [...scope.querySelectorAll("form[data-form]")].some((form) => touched.has(form) && form.dataset.saved === undefined);
}

// The forms whose work is kept elsewhere from here on: nobody needs to be asked about them.
function setAside() {
  const forms = [...document.querySelectorAll("form[data-form]")].filter((form) => touched.has(form));
  for (const form of forms) touched.delete(form);
  return forms;
}

function askToDrop(dialog) {
  const shown = dialog.querySelector(".unsaved");
  if (shown) { shown.querySelector("[data-unsaved-keep]").focus(); return Promise.resolve(false); }
  const bar = document.getElementById("panel-unsaved").content.firstElementChild.cloneNode(true);
  const before = document.activeElement;
  dialog.append(bar);
  bar.querySelector("[data-unsaved-keep]").focus();
  return new Promise((answer) => {
    const end = (dropped) => {
      bar.remove();
      if (dropped) for (const form of dialog.querySelectorAll("form[data-form]")) touched.delete(form);
      else before?.focus?.();
      answer(dropped);
    };
    bar.querySelector("[data-unsaved-keep]").addEventListener("click", () => end(false));
    bar.querySelector("[data-unsaved-drop]").addEventListener("click", () => end(true));
  });
}

globalThis.unsaved = { isDirty, askToDrop, setAside };
document.addEventListener("panel:done", (event) => { const form = event.target.closest?.("form"); if (form) touched.delete(form); }, true);
addEventListener("beforeunload", (event) => { if (isDirty(document)) event.preventDefault(); });
