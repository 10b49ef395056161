/** Light or dark, as chosen here or as the system says. Runs before the page is painted, so that nothing flashes. */
(() => {
  const KEY = "theme";
  const root = document.documentElement;
  const order = ["system", "light", "dark"];

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden
    }
  };
  const show = (theme) => (theme === "system" ? delete root.dataset.theme : (root.dataset.theme = theme));
  let theme = order.includes(stored()) ? stored() : "system";
  show(theme);

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const words = button.querySelectorAll("[data-theme-word]");
    const say = () => words.forEach((word) => (word.hidden = word.dataset.themeWord !== theme));
    say();
    button.hidden = false;
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      show(theme);
      say();
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // it holds for this page
      }
    });
  });
})();
