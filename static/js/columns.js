// The column chooser: the choice is posted by fetch and the list read again, without leaving the page.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-columns]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": body.get("csrf_token") } });
    if (!answer.ok) throw new Error(String(answer.status));
    form.hidePopover?.();
    location.reload();
  } catch {
    form.submit();
  }
});
