/** Light or dark without a reload. The form works without this, and the server keeps the choice in a cookie. */

const THEMES = ["system", "light", "dark"];
const root = document.documentElement;
const button = document.getElementById("theme");

function show(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  button.value = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  for (const word of button.querySelectorAll("[data-theme-word]")) word.hidden = word.dataset.themeWord !== theme;
  for (const bar of document.querySelectorAll("meta[name=theme-color]")) bar.media = when(bar.dataset.scheme, theme);
}

function when(scheme, theme) {
  if (theme === "system") return `(prefers-color-scheme: ${scheme})`;
  return scheme === theme ? "all" : "not all";
}

button.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(button.form));
  body.set(button.name, button.value);
  const kept = fetch(button.form.action, { method: "POST", body, redirect: "manual", keepalive: true });
  kept.catch(() => {}); // it holds for this page
  show(button.value);
});
