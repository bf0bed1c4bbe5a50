// Live status: [data-poll] is replaced by what its address answers, every two seconds, until it comes without one.
const EVERY_MS = 2000;
let busy = false;

async function round() {
  if (busy || document.visibilityState !== "visible") return;
  busy = true;
  for (const place of document.querySelectorAll("[data-poll]")) {
    try {
      await htmx.ajax("GET", place.dataset.poll, { source: place, target: place, swap: "outerHTML", headers: { "X-Poll": "1" } });
    } catch { /* The next round tries again. */ }
  }
  busy = false;
}
setInterval(round, EVERY_MS);
