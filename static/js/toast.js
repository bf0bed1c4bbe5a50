// Messages: they leave by themselves, stay while hovered or focused; errors stay until closed.
// The region moves into an open modal dialog, because everything outside one is inert.
const STAY_MS = 6000;
const region = () => document.getElementById("toasts");

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 250);
}

function watch(toast) {
  if (toast.dataset.watched !== undefined) return;
  toast.dataset.watched = "";
  if (toast.dataset.toast === "error") return;
  let timer = setTimeout(() => leave(toast), STAY_MS);
  const hold = () => clearTimeout(timer);
  const release = () => { clearTimeout(timer); timer = setTimeout(() => leave(toast), STAY_MS / 2); };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusout", release);
}

function add({ kind = "info", title = "", text = "" }) {
  const template = document.getElementById(`toast-${kind}`) ?? document.getElementById("toast-info");
  if (!region() || !template) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector(".toast__title").textContent = title;
  const line = toast.querySelector(".toast__text");
  if (text) line.textContent = text; else line.remove();
  region().append(toast);
  watch(toast);
}

function house() {
  const home = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  const place = region();
  if (place && place.parentElement !== home) home.append(place);
}

addEventListener("close", house, true);
document.addEventListener("panel:shown", house);
document.addEventListener("toast", (event) => add(event.detail ?? {}));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close]");
  if (button) leave(button.closest("[data-toast]"));
});
document.addEventListener("htmx:after:swap", () => region()?.querySelectorAll("[data-toast]").forEach(watch));
region()?.querySelectorAll("[data-toast]").forEach(watch);
