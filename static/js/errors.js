// What htmx could not do, said in a toast; an ended session leads to sign-in and back.
const say = (title, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "error", title, text } }));

function toSignIn() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status, headers } = ctx.response;
  if (status === 401) return toSignIn();
  if ((ctx.text ?? "").includes('hx-target="#toasts"')) return;
  const id = headers.get("X-Request-Id");
  if (status === 403) say("Not permitted", "You may not do this. Ask an administrator if you think you should.");
  else if (status === 429) say("Too many requests", "Wait a moment and try again.");
  else if (status >= 500) say("Something went wrong", `Nothing was changed by this page.${id ? ` Request id ${id}.` : ""}`);
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (!detail.ctx?.request || detail.ctx.response) return;
  document.dispatchEvent(new CustomEvent("network:lost"));
  const form = detail.ctx.sourceElement?.closest?.("form");
  const note = form?.querySelector("[data-not-sent]");
  if (note) note.hidden = false;
  else say(form ? "Not sent" : "Not loaded", "The server cannot be reached. Try again in a moment.");
});
