// The bell's count: asked for at once, then every thirty seconds while the page is in sight and after what was done.
const EVERY_MS = 30000;

async function ring() {
  const bell = document.querySelector("[data-bell]");
  if (!bell || document.visibilityState !== "visible") return;
  try {
    await htmx.ajax("GET", bell.dataset.bell, { source: bell, target: bell, swap: "outerMorph", headers: { "X-Poll": "1" } });
  } catch { /* The next round tries again. */ }
}
setInterval(ring, EVERY_MS);
document.addEventListener("visibilitychange", ring);
document.addEventListener("panel:refresh", ring);
ring();
