// Links (and bulk buttons) marked data-dialog bring their confirmation page into a modal dialog.
const { show } = globalThis.panels;

function confirmAt(href, opener) {
  const dialog = document.getElementById("dialog");
  if (!dialog) return location.assign(href);
  show(dialog, href, opener);
}

document.addEventListener("dialog:open", ({ detail }) => confirmAt(detail.href, detail.opener));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const menu = link.closest("[popover]");
  const opener = menu?.id ? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) : link;
  menu?.hidePopover();
  confirmAt(link.href, opener ?? link);
});
