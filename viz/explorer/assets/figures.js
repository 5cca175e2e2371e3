"use strict";
/* Figures are written in light colours; in the dark, colour attributes are translated. A figure is
   kept as it came in a store, and this makes of it what the graph shows. */
(() => {
  function recoloured(value, key, dark) {
    if (typeof value === "string") return /color/i.test(key) ? dark[value] || value : value;
    if (Array.isArray(value)) {
      if (/^(x|y|text|customdata)$/.test(key)) return value;
      return value.map((item) => recoloured(item, key, dark));
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, recoloured(v, k, dark)]));
    }
    return value;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, {
    themed(figure, theme, dark) {
      if (!figure) return window.dash_clientside.no_update;
      const now = theme || document.documentElement.dataset.theme;
      return now === "dark" ? recoloured(figure, "", dark) : figure;
    },
  });

  /* Told to Dash as a property of a store, so that every figure follows. */
  addEventListener("cib:theme", (event) => {
    if (document.getElementById("page")) {
      window.dash_clientside.set_props("theme", { data: event.detail });
    }
  });
})();
