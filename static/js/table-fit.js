// A table that fits its box lets its head stick to the page; a wider one scrolls in the box.
const observer = new ResizeObserver((entries) => { for (const { target } of entries) fit(target); });

function fit(box) {
  const table = box.querySelector("table");
  if (!table) return;
  const fits = table.scrollWidth <= box.clientWidth + 1;
  box.toggleAttribute("data-fits", fits);
  if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
}
function watch() {
  for (const box of document.querySelectorAll("[data-table-box]")) { observer.observe(box); fit(box); }
}
document.addEventListener("htmx:after:swap", watch);
document.fonts?.ready.then(watch);
watch();
