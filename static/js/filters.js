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

// On a phone they are shown by a button.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-filters-toggle]");
  if (button) button.ariaExpanded = button.ariaExpanded !== "true";
});

// The filters behind "More" come when it is first opened; till then hidden fields keep what they say.
document.addEventListener("toggle", (event) => {
  const more = event.target;
  if (event.newState !== "open" || !more.matches?.("[data-filters-more]:not([data-filled])")) return;
  const query = new URLSearchParams(location.search);
  query.set("filters", "all");
  more.dataset.filled = "";
  htmx.ajax("GET", `${location.pathname}?${query}`, { target: more, swap: "innerHTML" }).then(() => {
    if (more.querySelector(".filter")) { mark(more.closest("form")); more.querySelector("input, select, button").focus({ preventScroll: true }); }
    else delete more.dataset.filled;
  });
}, true);
function hold(more, query) {
  more.querySelectorAll("input[type=hidden]").forEach((field) => field.remove());
  for (const name of more.dataset.filtersMore.split(" ")) for (const value of query.getAll(name)) {
    more.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
}

function values(form, query) {
  for (const field of form.elements) {
    if (!field.name || field === document.activeElement) continue;
    const wanted = query.getAll(field.name);
    if (field.type === "checkbox") field.checked = wanted.includes(field.value);
    else field.value = wanted[0] ?? "";
  }
  const more = form.querySelector("[data-filters-more]:not([data-filled])");
  if (more) hold(more, query);
  texts(form);
}
// Which fields say something: those can be cleared, each by itself.
function mark(form) {
  const says = (field) => (field.type === "checkbox" ? field.checked : field.value !== "");
  for (const one of form.querySelectorAll(".filter")) one.toggleAttribute("data-set", [...one.querySelectorAll("[name]")].some(says));
}
document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-filter-clear]")?.closest(".filter");
  if (!one) return;
  for (const field of one.querySelectorAll("[name]")) { field.checked = false; if (field.type !== "checkbox") field.value = ""; }
  one.dispatchEvent(new Event("change", { bubbles: true }));
  one.querySelector("input:not([type=checkbox]), select, .pick").focus();
});
// A panel that is opened again says what is in force, whatever was typed into it and refused.
document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches?.("[data-filters-more][data-filled]")) values(event.target.closest("form"), new URLSearchParams(location.search));
}, true);
function texts(form) {
  for (const button of form.querySelectorAll(".pick")) {
    const menu = document.getElementById(button.getAttribute("popovertarget"));
    const chosen = [...menu.querySelectorAll(":checked")].map((box) => box.parentElement.textContent.trim());
    button.querySelector("[data-pick-text]").textContent = chosen.join(", ") || "Any";
  }
  mark(form);
}
document.addEventListener("change", (event) => { const form = event.target.closest("[data-filters]"); if (form) texts(form); });
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement } = event.detail.ctx;
  const form = document.querySelector("[data-filters]");
  if (form && sourceElement?.id === "list") values(form, new URLSearchParams(location.search));
});
document.addEventListener("input", (event) => { const form = event.target.closest("[data-filters]"); if (form) mark(form); });
document.querySelectorAll("[data-filters]").forEach(mark);
