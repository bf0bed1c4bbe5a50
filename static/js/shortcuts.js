// Ctrl K the palette, / the search, ? the help; never while someone types.
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    // A drawer may stay open below it; a question has to be answered first.
    if (document.querySelector("dialog:modal:not(#drawer)")) return;
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("palette:open"));
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal")) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]") ?? document.querySelector("[data-palette-open]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select?.();
  } else if (event.key === "?") {
    document.querySelector("[data-help]")?.showModal();
  }
});
document.addEventListener("click", (event) => { if (event.target.matches("[data-palette-open]")) document.dispatchEvent(new CustomEvent("palette:open", { detail: event.target.value })); });
