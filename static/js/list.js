// Chips, headings and pages of a list replace the list alone; the newest click wins.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-list-link]");
  const list = document.getElementById("list");
  if (!link || !list || !link.href || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  const paging = link.closest(".pager");
  htmx.ajax("GET", link.getAttribute("href"), { source: list, target: list, swap: "outerMorph", push: "true" }).then(() => {
    if (paging) document.getElementById("list")?.scrollIntoView({ block: "start" });
  });
});

// After a panel's work or a badge's change the rows are read again; a page without a list is read whole, unless someone types in it.
document.addEventListener("panel:refresh", ({ detail }) => {
  const list = document.getElementById("list");
  if (list && detail.view) showView(detail.view);
  else if (list) htmx.trigger(list, "list:refresh");
  else if (!document.querySelector("#main [data-form]")) htmx.ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerMorph" }).then(readParts);
});

// A saved view that is new, renamed or gone changes the tabs and the filters as well; the rows stay where they are.
function showView(view) {
  const url = new URL(location);
  url.searchParams.delete("open");
  url.searchParams.set("view", view);
  history.replaceState(history.state, "", url);
  htmx.ajax("GET", url.pathname + url.search, { target: "[data-list]", select: "[data-list]", swap: "outerMorph" });
}

// What a page fetched for itself once it stood is no part of the page that is read again.
function readParts() {
  for (const part of document.querySelectorAll("#main [hx-trigger~='part:refresh']")) htmx.trigger(part, "part:refresh", {}, false);
}
