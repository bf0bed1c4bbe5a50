// Shows whether the server can be reached, and keeps a form's input when it cannot.
const POLL_MS = 15000;

function show(online) {
  const changed = document.documentElement.dataset.reach !== (online ? "online" : "offline");
  document.documentElement.dataset.reach = online ? "online" : "offline";
  for (const place of document.querySelectorAll("[data-network]")) {
    place.dataset.state = online ? "online" : "offline";
    place.querySelector("[data-network-text]").textContent = online ? "Online" : "Offline";
  }
  if (online && changed) for (const note of document.querySelectorAll("[data-not-sent]")) note.hidden = true;
}

async function probe() {
  if (!navigator.onLine) return show(false);
  try {
    await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(4000) });
    show(true);
  } catch {
    show(false);
  }
}

const isOffline = () => !navigator.onLine || document.documentElement.dataset.reach === "offline";

function notSent(form) {
  const note = form?.querySelector("[data-not-sent]");
  if (note) {
    note.hidden = false;
    note.scrollIntoView({ block: "nearest" });
  } else {
    document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "error", title: "Not sent", text: "You are offline. What you typed is kept." } }));
  }
}

addEventListener("offline", () => show(false));
addEventListener("online", () => { show(true); probe(); });
document.addEventListener("htmx:after:swap", () => show(!isOffline()));
// One lost answer is not yet a lost network.
document.addEventListener("network:lost", () => { probe(); setTimeout(probe, 2000); });
setInterval(() => { if (document.visibilityState === "visible") probe(); }, POLL_MS);
show(navigator.onLine);

// Before any other listener: a form is never sent into the void. One that htmx sends keeps its place without an
// answer, and says so: it goes whenever the device has a network, so that no press of a key is swallowed.
const isHeld = (form) => (form.hasAttribute("hx-post") ? !navigator.onLine : isOffline());
addEventListener("submit", (event) => {
  if (!isHeld(event.target) || event.target.method === "dialog") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  notSent(event.target);
  probe();
}, true);
