// A day that does not exist is told at its field: the browser would send nothing for it, as if it had been left empty.
addEventListener("submit", (event) => {
  const wrong = [...event.target.elements].find((field) => field.validity?.badInput);
  if (!wrong) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  wrong.reportValidity();
}, true);
addEventListener("change", (event) => { if (event.target.validity?.badInput) event.stopImmediatePropagation(); }, true);
