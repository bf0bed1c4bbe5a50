// A click anywhere on a row follows its link, unless text is selected, a key is held or a control was meant.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (event.target.closest("a, button, input, label, select, summary, [popover]")) return;
  if (String(getSelection()).trim()) return;
  row.querySelector("a[data-row-link]")?.click();
});
