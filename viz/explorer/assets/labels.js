"use strict";
/* Names for screen readers of what Dash and the grids make themselves: a grid or a list of choices
   without one is called what the legend, heading or summary before it says. No network. */
(() => {
  const NAMELESS = ["grid", "treegrid", "listbox", "dialog"]
    .map((role) => `[role="${role}"]:not([aria-label], [aria-labelledby])`).join(", ");
  const MUTE = [".dash-dropdown svg", ".dash-dropdown-content svg", "#js-plotly-tester"]
    .map((one) => `${one}:not([aria-hidden])`).join(", ");
  const WORDS = "legend, h1, h2, h3, h4, summary";

  /* The words that stand last before an element, looking outwards from it. */
  function before(el) {
    for (let at = el; at && at !== document.body; at = at.parentElement) {
      for (let beside = at.previousElementSibling; beside; beside = beside.previousElementSibling) {
        const found = beside.matches(WORDS) ? beside : [...beside.querySelectorAll(WORDS)].pop();
        if (found && found.textContent.trim()) return found.textContent.trim();
      }
    }
    return document.title;
  }

  /* A menu of choices hangs below the page: it is called as what opens it. */
  function called(el) {
    const menu = el.closest(".dash-dropdown-content");
    const opener = menu && document.querySelector(`[aria-controls="${CSS.escape(menu.id)}"]`);
    const label = opener && opener.closest("label");
    return label ? (label.querySelector("span") || label).textContent.trim() : before(el);
  }

  function name() {
    for (const el of document.querySelectorAll(NAMELESS)) el.setAttribute("aria-label", called(el));
    for (const el of document.querySelectorAll(MUTE)) el.setAttribute("aria-hidden", "true");
  }

  let waiting = 0;
  new MutationObserver(() => {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; name(); });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
