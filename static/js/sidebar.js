// The menu button: on a wide screen it folds the sidebar away (remembered), on a narrow one it slides it in. The list stays
// where it was from page to page, and the page one is on is in sight.
const root = document.documentElement;
const narrow = matchMedia("(max-width: 60rem)");

function set(state) {
  root.dataset.sidebar = state;
  for (const button of document.querySelectorAll("[data-sidebar-toggle]")) {
    button.setAttribute("aria-expanded", String(narrow.matches ? state === "shown" : state !== "closed"));
  }
  if (state !== "shown") document.cookie = `sidebar=${state}; path=/; max-age=31536000; samesite=lax`;
}

function close() {
  set("open");
  document.querySelector("[data-sidebar-toggle]")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-sidebar-toggle]")) {
    event.preventDefault();
    if (!narrow.matches) return set(root.dataset.sidebar === "closed" ? "open" : "closed");
    set(root.dataset.sidebar === "shown" ? "open" : "shown");
    if (root.dataset.sidebar === "shown") document.querySelector("#sidebar button, #sidebar a")?.focus();
  } else if (event.target.closest("[data-sidebar-close]")) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && root.dataset.sidebar === "shown" && !document.querySelector(":popover-open, dialog:modal")) close();
});
document.addEventListener("focusin", (event) => {
  if (root.dataset.sidebar !== "shown" || !narrow.matches || event.target.closest("#sidebar, dialog, .toasts")) return;
  document.querySelector("#sidebar button, #sidebar a")?.focus();
});
narrow.addEventListener("change", () => { if (root.dataset.sidebar === "shown") set("open"); });
for (const button of document.querySelectorAll("[data-sidebar-toggle]")) button.setAttribute("aria-expanded", String(!narrow.matches && root.dataset.sidebar !== "closed"));

const nav = document.querySelector(".sidebar__nav");
function reveal() {
  const line = nav.querySelector("[aria-current=page]");
  nav.scrollTop = Number(sessionStorage.getItem("sidebar") ?? 0);
  if (!line) return;
  const [around, box] = [nav.getBoundingClientRect(), line.getBoundingClientRect()];
  if (box.top < around.top || box.bottom > around.bottom) nav.scrollTop += box.top - around.top - (around.height - box.height) / 2;
}
if (nav) {
  reveal();
  addEventListener("pagehide", () => sessionStorage.setItem("sidebar", nav.scrollTop));
}
