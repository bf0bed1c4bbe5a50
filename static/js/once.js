// A submission flies once: its button is disabled until the answer is here.
const flying = new WeakSet();

function release(form) {
  flying.delete(form);
  for (const button of form.querySelectorAll("[data-busy]")) { button.disabled = false; delete button.dataset.busy; }
}
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-theme-form")) return;
  if (flying.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  flying.add(form);
  // Enter presses a button that is out of sight, in place of the one that is seen.
  const pressed = event.submitter?.matches("[data-enter]") ? form.querySelector(".button:not([type=button], [name], a)") : event.submitter;
  const button = pressed ?? form.querySelector("button:not([type=button])");
  // The name of the pressed button must still be sent: disable after the form data is made.
  setTimeout(() => { if (button?.classList.contains("button") && flying.has(form)) { button.disabled = true; button.dataset.busy = ""; } });
}, true);
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.detail.ctx.sourceElement;
  if (form?.matches?.("form")) release(form);
});
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form").forEach(release); });
