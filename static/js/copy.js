// Copies an id, or the list's own address.
const say = (kind, title, text = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text } }));

async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* No permission, or no secure address: the old way. */ }
  const area = Object.assign(document.createElement("textarea"), { value: text });
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const link = event.target.closest("[data-copy-link]");
  if (!button && !(link && !event.ctrlKey && !event.metaKey && !event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  const text = button ? button.dataset.copy : new URL(link.getAttribute("href"), location.href).href;
  if (!(await copy(text))) return say("error", "Not copied", text);
  say("success", button ? "Copied" : "Link copied", text);
  if (button) { button.dataset.copied = ""; setTimeout(() => delete button.dataset.copied, 1500); }
});
