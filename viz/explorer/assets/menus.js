"use strict";
/* Menus that open (details.export-menu) close when somebody clicks elsewhere or presses Escape. */
(() => {
  const open = () => document.querySelectorAll("details.export-menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      const inside = menu.contains(event.target);
      if (!inside || event.target.closest("a")) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
