"use strict";
/* The address of a cluster's page follows what is chosen on it and what its network shows: numbers
   only, read again by viz/explorer/panels/selection.py. No network. */
(() => {
  const ORDER = ["accounts", "targets", "since", "until", "layers", "q"];
  const MOST_ROWS = 200; /* more would make an address that no mail survives */
  const REST_MS = 250; /* browsers refuse to change addresses as fast as a slider moves */
  const news = new Map(); /* part of the address → its text, empty for none */
  let resting = 0;

  const none = () => window.dash_clientside.no_update;
  const rows = (some) => (some && some.length && some.length <= MOST_ROWS ? some.join(",") : "");

  function say(at, parts) {
    const path = `/run/${at.run}/cluster/${at.cluster}`;
    for (const [name, text] of Object.entries(parts)) news.set(name, text);
    clearTimeout(resting);
    resting = setTimeout(() => {
      const told = new Map(news);
      news.clear();
      if (location.pathname !== path) return; /* another page by now */
      const before = new URLSearchParams(location.search);
      const query = ORDER.map((name) => [name, told.has(name) ? told.get(name) : before.get(name)])
        .filter(([, text]) => text && /^[0-9.,]+$/.test(text)).map((pair) => pair.join("="));
      const next = query.length ? `?${query.join("&")}` : "";
      if (next !== location.search) window.dash_clientside.cib.standFor({ path, query: next, quiet: true });
    }, REST_MS);
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, {
    addressOfChosen(chosen, at) {
      if (chosen && at) {
        const whole = chosen.since_us === null || chosen.since_us === undefined;
        say(at, {
          accounts: rows(chosen.accounts), targets: rows(chosen.targets),
          since: whole ? "" : String(chosen.since_us), until: whole ? "" : String(chosen.until_us),
        });
      }
      return none();
    },

    /* A layer is its number on the page: its name may be a word of the log. */
    addressOfNetwork(settings, options, at) {
      if (settings && settings.layers && options && at) {
        const on = options.flatMap((one, i) => (settings.layers.includes(one.value) ? [i + 1] : []));
        say(at, {
          layers: on.length === options.length ? "" : on.join(",") || "0",
          q: Number(settings.q) ? String(Number(settings.q)) : "",
        });
      }
      return none();
    },
  });
})();
