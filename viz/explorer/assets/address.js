"use strict";
/* Addresses: going to another page without loading the page again, and saying in the address what is
   on the page. What was typed stays out of it, and in this browser's history. No network. */
(() => {
  const none = () => window.dash_clientside.no_update;
  let shown = null; /* the address of what is on the page */

  /* Dash reads the address when it hears this. */
  const tell = () => dispatchEvent(new CustomEvent("_dashprivate_pushstate"));

  window.cibGo = (href) => {
    history.pushState({}, "", href);
    tell();
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, {
    /* The page is made anew for an address that somebody went to, not for one that it gave itself. */
    wantPage(path, query) {
      const at = path + (query || "");
      if (!path || at === shown) return none();
      shown = at;
      return { path, query: query || "", kept: (history.state && history.state.cibKept) || null };
    },

    /* What is on the page has another address now: {path, query, kept, quiet}; `also` is another
       path that shows it. Each is a step of the history, unless it is to be quiet. */
    standFor(news) {
      if (!news || ![news.path, news.also].includes(location.pathname)) return none();
      const at = news.path + news.query;
      const same = at === location.pathname + location.search;
      const state = { ...history.state, cibKept: news.kept || null };
      if (same || news.quiet) history.replaceState(state, "", at);
      else history.pushState(state, "", at);
      shown = at;
      tell();
      return none();
    },
  });
})();
