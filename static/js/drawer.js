// Links marked data-drawer open beside the list; the page's address carries ?open=<path>, so Back closes it.
const { close, closeAsking, load, show } = globalThis.panels;
const { isDirty, askToDrop } = globalThis.unsaved;

const drawer = () => document.getElementById("drawer");
const opened = () => new URLSearchParams(location.search).get("open");
const base = (address = location) => {
  const url = new URL(address);
  url.searchParams.delete("open");
  return url.pathname + url.search;
};
let here = base();
let current = null;
// What a drawer showed before links in it led on: its back button, and the end of a form, lead there again.
const trail = [];

function addressWith(path) {
  const url = new URL(location);
  if (path) url.searchParams.set("open", path); else url.searchParams.delete("open");
  return url;
}

function safe(path) {
  const url = new URL(path, location.origin);
  return url.origin === location.origin && path.startsWith("/") && !path.startsWith("//") ? url.pathname + url.search : null;
}

async function openDrawer(path, opener, isBack = false) {
  const dialog = drawer();
  if (!dialog || !safe(path)) return;
  if (dialog.open && isDirty(dialog) && !(await askToDrop(dialog))) return;
  if (isBack) trail.pop();
  else if (dialog.open && current !== path) trail.push(current);
  // A form that has ended is no place to come back to: the next drawer takes its address.
  history[opened() ? "replaceState" : "pushState"]({}, "", addressWith(path));
  current = path;
  dialog.toggleAttribute("data-trail", trail.length > 0);
  show(dialog, path, opener);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-drawer-back]") && trail.length) openDrawer(trail.at(-1), undefined, true);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !drawer()) return;
  event.preventDefault();
  const menu = link.closest("[popover]:popover-open");
  menu?.hidePopover();
  const url = new URL(link.href);
  if (link.hasAttribute("data-with-query")) for (const [name, value] of new URLSearchParams(location.search)) url.searchParams.append(name, value);
  // A line of a menu is out of sight by then: focus goes back to the button that opened the menu.
  openDrawer(url.pathname + url.search, menu?.id ? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) : link);
});

// Tabs and links inside the drawer that lead to the same kind of page stay in it.
document.addEventListener("click", (event) => {
  const tab = event.target.closest("#drawer .tabs a[href]");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const path = new URL(tab.href).pathname + new URL(tab.href).search;
  history.replaceState({}, "", addressWith(path));
  current = path;
  load(drawer(), path);
});

addEventListener("close", (event) => {
  // The event comes late: by then the next drawer may be open in the same dialog.
  if (event.target !== drawer() || event.target.open) return;
  if (opened()) history.replaceState({}, "", addressWith(null));
  current = null;
  trail.length = 0;
}, true);

async function follow() {
  const dialog = drawer();
  const path = opened();
  if (!dialog || path === current) return;
  if (path && safe(path)) { current = path; show(dialog, path); return; }
  if (!dialog.open) return;
  const was = current;
  if (isDirty(dialog)) {
    history.pushState({}, "", addressWith(was));
    if (await closeAsking(dialog)) history.replaceState({}, "", addressWith(null));
    return;
  }
  close(dialog);
}

// Back within one page only moves the drawer; htmx restores the rest when the page itself differs.
document.addEventListener("htmx:before:history:restore", (event) => { if (base() === here) event.preventDefault(); });
document.addEventListener("htmx:after:history:update", () => { here = base(); });
addEventListener("popstate", () => { if (base() === here) follow(); });
document.addEventListener("htmx:after:swap", () => { if (base() !== here) { here = base(); current = drawer()?.open ? current : null; follow(); } });

document.addEventListener("panel:refresh", (event) => {
  const dialog = drawer();
  if (event.detail.open) return openDrawer(event.detail.open);
  if (!dialog?.open && trail.length) return openDrawer(trail.at(-1), undefined, true);
  if (dialog?.open && current && !isDirty(dialog)) load(dialog, current);
});

if (opened() && safe(opened())) htmxReady().then(follow);
function htmxReady() { return document.readyState === "complete" ? Promise.resolve() : new Promise((done) => addEventListener("load", done, { once: true })); }
