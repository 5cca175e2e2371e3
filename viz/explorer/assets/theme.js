"use strict";
/* Light and dark: the system's choice until somebody chooses, kept in this browser. */
(() => {
  const KEY = "cib-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const current = () => stored() || (system.matches ? "dark" : "light");

  function show(theme) {
    if (document.documentElement.dataset.theme === theme) return;
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.agThemeMode = theme;
    dispatchEvent(new CustomEvent("cib:theme", { detail: theme }));
  }

  function toggle() {
    const next = current() === "dark" ? "light" : "dark";
    try { localStorage.setItem(KEY, next); } catch { /* private window: for this page only */ }
    show(next);
  }

  system.addEventListener("change", () => show(current()));
  show(current());

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, {
    toggleTheme(clicks) {
      if (clicks) toggle();
      return String(document.documentElement.dataset.theme === "dark");
    },
    /* A new page has its own title, starts on top and takes the focus, as a loaded page would. */
    entitle(title, path) {
      if (title) document.title = title + " · cib explorer";
      for (const link of document.querySelectorAll("nav.top a.place")) {
        const here = link.textContent === title || path.startsWith(link.getAttribute("href"));
        if (here) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      scrollTo(0, 0);
      const page = document.getElementById("page");
      if (page && !page.contains(document.activeElement)) page.focus({ preventScroll: true });
      return title || "";
    },
  });
})();
