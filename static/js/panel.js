// What a drawer and a dialog share: open with a fragment, close once unsaved work is settled, give focus back.
// Shares itself as globalThis.panels: each file is fetched under its own hash, so none imports another.
const { isDirty, askToDrop } = globalThis.unsaved;

const openers = new WeakMap();

async function load(dialog, href) {
  const body = dialog.querySelector("[data-panel]");
  body.replaceChildren(document.getElementById("panel-wait").content.cloneNode(true));
  const wait = body.firstElementChild;
  try {
    await htmx.ajax("GET", href, { source: body, target: body, swap: "innerHTML" });
  } finally {
    // Refused or lost: a toast says why, and nothing is there to wait for.
    if (wait.isConnected) close(dialog);
  }
}

function show(dialog, href, opener) {
  if (!dialog.open) {
    openers.set(dialog, opener ?? document.activeElement);
    dialog.showModal();
    document.dispatchEvent(new Event("panel:shown"));
  }
  return load(dialog, href);
}

function close(dialog) {
  if (!dialog.open) return;
  dialog.close();
}

async function closeAsking(dialog) {
  if (isDirty(dialog) && !(await askToDrop(dialog))) return false;
  close(dialog);
  return true;
}

function giveBack(dialog) {
  dialog.querySelector("[data-panel]")?.replaceChildren();
  // A dialog that is all there, such as the palette, was shown by itself: the browser gives focus back.
  if (!openers.has(dialog)) return;
  const opener = openers.get(dialog);
  const again = opener?.isConnected ? opener : opener?.id ? document.getElementById(opener.id) : opener?.href ? document.querySelector(`a[href="${CSS.escape(opener.getAttribute("href"))}"]`) : null;
  (again ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

globalThis.panels = { load, show, close, closeAsking };
addEventListener("close", (event) => { if (event.target.matches?.("dialog") && !event.target.open) giveBack(event.target); }, true);
// A second Esc would close a dialog whatever we say, so the key is taken before the browser sees it.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const top = [...document.querySelectorAll("dialog:modal")].at(-1);
  if (!top || top.querySelector(":popover-open")) return;
  event.preventDefault();
  closeAsking(top);
}, true);
addEventListener("cancel", (event) => {
  if (!event.target.matches?.("dialog")) return;
  event.preventDefault();
  closeAsking(event.target);
}, true);
document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  const onBackdrop = event.target === dialog && outside(dialog, event);
  if (!onBackdrop && !event.target.closest("[data-close]")) return;
  event.preventDefault();
  closeAsking(dialog);
});

function outside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// The server says HX-Trigger: {"panel:done": {}} when a panel's work is saved: the panel closes, what lies under it is
// read again. {"all": true} closes every panel, {"open": path} opens that drawer next, {"href": path} leaves the page.
document.addEventListener("panel:done", (event) => {
  const top = [...document.querySelectorAll("dialog:modal")].filter((one) => one.querySelector("[data-panel]")).at(-1);
  const { all, href } = event.detail ?? {};
  if (href) return location.assign(href);
  if (all) for (const dialog of document.querySelectorAll("dialog:modal")) close(dialog);
  const fromPanel = top?.contains(event.target);
  if (!all && fromPanel && event.target.closest("form")?.matches("[data-form]")) close(top);
  document.dispatchEvent(new CustomEvent("panel:refresh", { detail: event.detail ?? {} }));
});
