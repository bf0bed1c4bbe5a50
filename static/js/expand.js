// A chevron brings a row's inner panel below it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-expand]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const row = link.closest("tr");
  const shown = row.nextElementSibling;
  if (shown?.matches(".table__sub")) { shown.remove(); link.setAttribute("aria-expanded", "false"); return; }
  const cell = Object.assign(document.createElement("td"), { colSpan: row.cells.length, textContent: "Loading…" });
  const sub = document.createElement("tr");
  sub.className = "table__sub";
  sub.append(cell);
  row.after(sub);
  link.setAttribute("aria-expanded", "true");
  htmx.ajax("GET", link.getAttribute("href"), { source: cell, target: cell, swap: "innerHTML" });
});
