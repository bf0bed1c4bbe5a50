// Counts a reason's characters and holds Confirm back until there are enough.
function weigh(area) {
  const minimum = Number(area.dataset.reason);
  const length = area.value.trim().length;
  const count = document.getElementById(`${area.id}-count`);
  if (count) count.textContent = `${area.value.length} / ${area.maxLength}${minimum ? `, at least ${minimum} characters` : ""}`;
  const button = area.form?.querySelector("[data-confirm]");
  if (button && button.dataset.busy === undefined) button.disabled = length < minimum;
}
const all = () => document.querySelectorAll("[data-reason]").forEach(weigh);
document.addEventListener("input", (event) => { if (event.target.matches("[data-reason]")) weigh(event.target); });
document.addEventListener("htmx:after:swap", all);
document.addEventListener("htmx:finally:request", () => setTimeout(all));
all();
