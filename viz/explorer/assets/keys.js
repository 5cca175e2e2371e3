"use strict";
/* Keys, as listed on /help. None works while somebody types. */
(() => {
  const places = { t: "/triage", m: "/map", s: "/search", d: "/decisions" };
  let waiting = 0; /* until when the second key of "g t" is awaited */

  const typing = (at) => at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key;
    if (Date.now() < waiting && places[key]) {
      waiting = 0;
      window.cibGo(places[key]);
    } else if (key === "g") {
      waiting = Date.now() + 1200;
    } else if (key === "/") {
      window.cibGo("/search");
    } else if (key === "?") {
      window.cibGo("/help");
    } else {
      const button = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
      if (!button || button.disabled) return;
      button.click();
    }
    event.preventDefault();
  });

  /* The verdict panel is made anew after each decision: whoever was in it by keyboard stays there. */
  let held = null;
  addEventListener("focusin", (event) => {
    held = event.target.id && event.target.closest("#case-panel") ? event.target : null;
  });
  new MutationObserver(() => {
    if (!held || held.isConnected) return;
    const again = document.getElementById(held.id);
    if (!again) return;
    held = null;
    if (document.activeElement !== document.body) return;
    (again.disabled ? again.closest("#case-panel").querySelector("button") : again).focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* A message in the corner goes by itself; a refusal stays longer. */
  const toast = () => document.getElementById("toast");
  new MutationObserver(() => {
    const box = toast();
    if (!box || !box.firstElementChild || box.dataset.timed === box.textContent) return;
    box.dataset.timed = box.textContent;
    const bad = box.querySelector(".note-bad");
    clearTimeout(box.timer);
    box.timer = setTimeout(() => {
      box.firstElementChild?.classList.add("gone");
      box.dataset.timed = "";
    }, bad ? 12000 : 4000);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
