// Of tabs that scroll the one that is open is in sight.
function reveal() {
  for (const list of document.querySelectorAll(".tabs__list")) {
    const tab = list.querySelector("[aria-current]");
    if (tab) list.scrollLeft = tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
  }
}
document.addEventListener("htmx:after:swap", reveal);
document.fonts?.ready.then(reveal);
