// Forms marked data-passkey (create or get) ask the device for a passkey before they are sent: its answer goes in the field marked data-passkey-answer.
const works = isSecureContext && Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON);

function reveal() {
  if (works) for (const form of document.querySelectorAll("form[data-passkey][hidden]")) form.hidden = false;
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": form.elements.csrf_token.value } });
  if (!answer.ok) throw new Error(`the question was answered ${answer.status}`);
  const options = await answer.json();
  const given = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(given.toJSON());
}

// Before once.js, which would take the form for one that flies: it is sent once the device has answered.
addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  const answer = form?.querySelector("[data-passkey-answer]");
  if (!answer || answer.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    answer.value = await ask(form);
    form.requestSubmit();
  } catch {
    failed.hidden = false;
  }
}, true);
document.addEventListener("htmx:after:swap", reveal);
reveal();
