// Says beside a field what the server would refuse, before anything is sent: passwords typed twice, too short, left out.
// The sentences are the server's own, given with the fields as data-required, data-too-short and data-different.
const asked = "[data-required], [data-too-short], [data-same-as]";

function complaint(input, form) {
  const { required, shortest, tooShort, sameAs, different } = input.dataset;
  if (required && !input.value) return required;
  if (tooShort && [...input.value].length < Number(shortest)) return tooShort;
  if (sameAs && input.value !== form.elements[sameAs]?.value) return different;
  return "";
}

function show(input, text) {
  const field = input.closest(".field");
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  field.classList.toggle("field--error", Boolean(text));
  if (!text) { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); return; }
  const line = document.createElement("p");
  line.className = "field__error";
  line.id = id;
  line.textContent = text;
  field.append(line);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
}

// On the window and before the others: a form that is held back must neither fly nor be marked as flying.
addEventListener("submit", (event) => {
  const inputs = [...event.target.querySelectorAll(asked)];
  const wrong = inputs.filter((input) => { const text = complaint(input, event.target); show(input, text); return text; });
  if (!wrong.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  wrong[0].focus();
}, true);

// What was refused is no longer what stands there once one types: the mark goes, and its line on top.
document.addEventListener("input", ({ target }) => {
  if (target.getAttribute("aria-invalid") !== "true") return;
  target.removeAttribute("aria-invalid");
  target.closest(".field")?.classList.remove("field--error");
  document.getElementById(`${target.id}-error`)?.remove();
  const summary = target.form?.querySelector(".error-summary");
  summary?.querySelector(`a[href="#${CSS.escape(target.id)}"]`)?.closest("li")?.remove();
  if (summary && !summary.querySelector("li")) summary.remove();
});
