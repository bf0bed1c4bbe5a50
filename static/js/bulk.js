// Counts the ticked rows; "all that match" sends all=1 with the list's own query.
const bar = () => document.querySelector("[data-bulk]");
const boxes = () => [...document.querySelectorAll("[data-select-row]")];
let everything = false;

function update() {
  const form = bar();
  if (!form) return;
  const ticked = boxes().filter((box) => box.checked);
  if (ticked.length < boxes().length) everything = false;
  const page = document.querySelector("[data-select-page]");
  if (page) { page.checked = ticked.length > 0 && ticked.length === boxes().length; page.indeterminate = ticked.length > 0 && !page.checked; }
  const total = form.querySelector("[data-bulk-all]");
  form.hidden = ticked.length === 0;
  form.querySelector("[data-bulk-count]").textContent = everything ? total.dataset.total : ticked.length;
  total.hidden = everything || ticked.length < boxes().length || String(ticked.length) === total.dataset.total;
  form.querySelector("[data-bulk-flag]").disabled = !everything;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-page]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-select-page], [data-select-row]")) update();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-all]")) { everything = true; update(); }
  if (event.target.closest("[data-bulk-clear]")) { for (const box of boxes()) box.checked = false; update(); document.querySelector("[data-select-page]")?.focus(); }
  const action = event.target.closest("[data-bulk-action]");
  if (!action) return;
  event.preventDefault();
  const url = new URL(action.formAction);
  if (everything) {
    for (const [name, value] of new URLSearchParams(location.search)) if (name !== "open") url.searchParams.append(name, value);
    url.searchParams.set("all", "1");
  } else for (const box of boxes()) if (box.checked) url.searchParams.append("id", box.value);
  document.dispatchEvent(new CustomEvent("dialog:open", { detail: { href: url.pathname + url.search, opener: action } }));
});
document.addEventListener("htmx:after:swap", (event) => { if (event.detail.ctx.target?.id === "list") update(); });
document.addEventListener("panel:done", () => { for (const box of boxes()) box.checked = false; everything = false; update(); });
update();
