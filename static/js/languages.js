/** The choice of a language is folded away again by a press elsewhere, or by Escape. */

const choice = document.getElementById("languages");

addEventListener("click", ({ target }) => choice.contains(target) || (choice.open = false));
choice.addEventListener("keydown", ({ key }) => {
  if (key.toLowerCase() !== "escape" || !choice.open) return;
  choice.open = false;
  choice.querySelector("summary").focus();
});
