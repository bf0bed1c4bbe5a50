// Ctrl K: jump to a page of the menu at once, or to what the server finds; the last question's answer wins.
const dialog = () => document.getElementById("palette");
const results = () => document.getElementById("palette-results");
const input = () => document.getElementById("palette-input");
let asked;
let timer;
// Enter came before the answer: what is found first opens as soon as it is here.
let entered = false;

function openPalette(text = "") {
  if (!dialog() || dialog().open) return;
  dialog().showModal();
  input().value = text;
  fill();
  input().focus();
}

function pages(query) {
  const links = [...document.querySelectorAll(".sidebar__link, .portal__tabs a, .home__links a")];
  return links.filter((link) => words(link).includes(query)).slice(0, query ? 6 : 12);
}

// A line of the menu is found by its section as well; the lists behind it by the server.
const words = (link) => `${link.textContent} ${link.dataset.group ?? ""}`.toLowerCase();

function fill() {
  const query = input().value.trim().toLowerCase();
  const found = pages(query).map((link) => item(link.getAttribute("href"), link.querySelector("svg"), link.querySelector(".tile__label, .sidebar__link > span, .portal__tabs span")?.textContent ?? link.textContent, link.dataset.group));
  const head = found.length ? [Object.assign(document.createElement("p"), { className: "palette__group", textContent: "Pages" })] : [];
  const more = Object.assign(document.createElement("div"), { id: "palette-found" });
  results().replaceChildren(...head, ...found, more);
  select(0);
  entered = false;
  clearTimeout(timer);
  if (query.length >= 2) timer = setTimeout(() => ask(input().value.trim(), more), 180);
}

async function ask(query, place) {
  asked?.abort();
  asked = new AbortController();
  try {
    const action = new URL(dialog().querySelector("form").action);
    action.searchParams.set("q", query);
    const answer = await fetch(action, { headers: { "HX-Request": "true", "HX-Target": "div#palette-found" }, signal: asked.signal });
    if (answer.ok && place.isConnected) place.innerHTML = await answer.text();
    for (const link of place.querySelectorAll("a")) { link.classList.add("palette__item"); link.setAttribute("role", "option"); link.tabIndex = -1; }
    if (items().length) place.querySelector(".palette__empty")?.remove();
    else if (!place.querySelector(".palette__empty")) place.innerHTML = '<p class="palette__empty">Nothing found.</p>';
    select(Math.max(0, items().findIndex((one) => one.getAttribute("aria-selected") === "true")));
    if (entered) items()[0]?.click();
  } catch { /* A newer question was asked, or the network is away. */ }
}

function item(href, icon, text, detail = "") {
  const link = Object.assign(document.createElement("a"), { className: "palette__item", tabIndex: -1 });
  link.setAttribute("href", href);
  link.setAttribute("role", "option");
  if (icon) link.append(icon.cloneNode(true));
  link.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (detail) link.append(Object.assign(document.createElement("span"), { className: "palette__detail", textContent: detail }));
  return link;
}

const items = () => [...results().querySelectorAll("a")];
function select(index) {
  items().forEach((one, at) => {
    one.id = `palette-${at}`;
    one.setAttribute("aria-selected", String(at === index));
    if (at === index) { one.scrollIntoView({ block: "nearest" }); input().setAttribute("aria-activedescendant", one.id); }
  });
}

document.addEventListener("palette:open", ({ detail }) => openPalette(detail ?? ""));
document.addEventListener("input", (event) => { if (event.target === input()) fill(); });
document.addEventListener("keydown", (event) => {
  if (event.target !== input()) return;
  const index = items().findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const size = items().length;
    if (size) select((index + (event.key === "ArrowDown" ? 1 : -1) + size) % size);
  } else if (event.key === "Enter" && items()[index]) {
    event.preventDefault();
    items()[index].click();
  } else if (event.key === "Enter" && input().value.trim().length >= 2 && !results().querySelector(".palette__empty")) {
    event.preventDefault();
    entered = true;
  }
});
// A form opens as a drawer over the page, from which the palette steps aside.
document.addEventListener("click", (event) => { if (event.target.closest("#palette a[data-drawer]")) dialog().close(); }, true);
