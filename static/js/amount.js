// Groups an amount's thousands when its field is left; never rounds, never drops a digit.
document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-amount]")) return;
  const bare = input.value.trim().replaceAll(",", "").replaceAll(" ", "");
  const match = /^(-?)(\d+)(\.\d*)?$/.exec(bare);
  if (!match) return;
  const precision = Number(input.dataset.amount);
  const decimals = match[3]?.slice(1) ?? "";
  if (decimals.length > precision) return;
  const grouped = match[2].replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  input.value = match[1] + grouped + (precision ? `.${decimals.padEnd(precision, "0")}` : "");
});
