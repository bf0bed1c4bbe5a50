// What htmx could not do, said in a toast; an ended session leads to sign-in and back.
const say = (title, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "error", title, text } }));

function toSignIn() {
  document.dispatchEvent(new Event("session:ended"));
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

// The request of a form left, and no answer of ours came: what it asks for may be done. The form's key makes it safe to send again.
function unanswered(form) {
  const note = form.querySelector("[data-no-answer]");
  if (!note) return say("No answer came", "It is not known whether this was done. Load the page again to see.");
  const once = Boolean(form.querySelector("input[name=key]"));
  note.querySelector("[data-sent-once]").hidden = !once;
  note.querySelector("[data-sent-anew]").hidden = once;
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
}
const sender = ({ sourceElement }) => (sourceElement?.matches?.("form[method=post]") ? sourceElement : null);

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { ctx.couldLeave = navigator.onLine; });
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const note = sender(ctx)?.querySelector("[data-no-answer]");
  if (note) note.hidden = true;
});

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status, headers } = ctx.response;
  if (status === 401) return toSignIn();
  // What the answer says itself is not said twice.
  if ((headers.get("HX-Trigger") ?? "").includes('"toast"')) return;
  const id = headers.get("X-Request-Id");
  if (status === 403) say("Not permitted", "You may not do this. Ask an administrator if you think you should.");
  else if (status === 429) say("Too many requests", "Wait a moment and try again.");
  // What failed may have been done before it did, here or behind what stands before us.
  else if (status >= 500 && sender(ctx)) unanswered(sender(ctx));
  else if (status >= 500 && id) say("Something went wrong", `Request id ${id}.`);
  else if (status >= 500) say("Not loaded", "The server cannot be reached. Try again in a moment.");
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx?.request || ctx.text !== undefined) return;
  document.dispatchEvent(new CustomEvent("network:lost"));
  const form = sender(ctx);
  if (!form) return say("Not loaded", "The server cannot be reached. Try again in a moment.");
  if (ctx.couldLeave) return unanswered(form);
  const note = form.querySelector("[data-not-sent]");
  if (note) note.hidden = false;
  else say("Not sent", "You are offline. Try again when you are back online.");
});
