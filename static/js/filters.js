// The filter form: sends as you type, never an empty name, and follows the address when a chip or Back changes it.
const WAIT_MS = 250;
let timer;

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-filters]");
  if (!form || !event.target.matches("input[type=search], input:not([type])")) return;
  clearTimeout(timer);
  timer = setTimeout(() => htmx.trigger(form, "filters:type"), WAIT_MS);
});
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.matches?.("[data-filters]")) return;
  clearTimeout(timer);
  ctx.request.action = location.pathname;
  for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name, value);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-filters]")) for (const field of event.target.elements) if (field.name && field.value === "" && !window.htmx) field.disabled = true;
});

function values(form, query) {
  for (const field of form.elements) {
    if (!field.name || field === document.activeElement) continue;
    const wanted = query.getAll(field.name);
    if (field.type === "checkbox") field.checked = wanted.includes(field.value);
    else field.value = wanted[0] ?? "";
  }
  texts(form);
}
function texts(form) {
  for (const button of form.querySelectorAll(".pick")) {
    const menu = document.getElementById(button.getAttribute("popovertarget"));
    const chosen = [...menu.querySelectorAll(":checked")].map((box) => box.parentElement.textContent.trim());
    button.querySelector("[data-pick-text]").textContent = chosen.join(", ") || "Any";
  }
}
document.addEventListener("change", (event) => { const form = event.target.closest("[data-filters]"); if (form) texts(form); });
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement } = event.detail.ctx;
  const form = document.querySelector("[data-filters]");
  if (form && sourceElement?.id === "list") values(form, new URLSearchParams(location.search));
});
