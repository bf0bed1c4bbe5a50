// Groups an amount's thousands when its field is left; never rounds, never drops a digit. What is no amount stays as it was
// typed, for the server to refuse: "1,00" and "0,500" may mean less
// than two and are not made hundreds.
document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-amount]")) return;
  const match = /^(-?)([1-9]\d{0,2}(?:,\d{3})+|\d+)(\.\d*)?$/.exec(input.value.trim());
  if (!match) return;
  const precision = Number(input.dataset.amount);
  const decimals = match[3]?.slice(1) ?? "";
  if (decimals.length > precision) return;
  const grouped = match[2].replaceAll(",", "").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  input.value = match[1] + grouped + (precision ? `.${decimals.padEnd(precision, "0")}` : "");
});
