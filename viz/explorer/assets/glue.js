"use strict";
/* Between Dash and the pictures: stores in, drawings out; buttons and lost elements. No network. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  const fed = new Map(); /* id of a picture's element → what it was last given */

  /* Give an element its data as soon as it is there: Dash calls before React has drawn a new page. */
  function feed(id, kind, payload, settings, highlight) {
    fed.set(id, { kind, payload, settings, highlight });
    give(id, 120);
  }

  function give(id, tries) {
    const el = document.getElementById(id);
    const { kind, payload, settings, highlight } = fed.get(id);
    if (!el) {
      if (tries) requestAnimationFrame(() => fed.has(id) && give(id, tries - 1));
      return;
    }
    const picture = P.open(el, kind);
    picture.kind.set(settings || {}, highlight || { rows: [] });
    if (picture.payload !== payload && payload) picture.load(payload);
  }

  const drawer = (kind) => (payload, settings, highlight, id) => {
    feed(id, kind, payload, settings, highlight);
    return window.dash_clientside.no_update;
  };

  const turns = new Map(); /* id of a store → how often its field was typed in */

  /* What was typed, once nothing was for a while. Dash's own way of waiting (`debounce`) puts the
     cursor back where it was some keys ago, which scrambles what is typed on a busy machine. */
  async function settle(text, id) {
    const turn = (turns.get(id) || 0) + 1;
    turns.set(id, turn);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return turn === turns.get(id) ? text : window.dash_clientside.no_update;
  }

  const functions = {
    settle,
    network: drawer("network"),
    raster: drawer("raster"),
    map: drawer("map"),
    network_settings: (layers, q, search, least) => ({ layers: layers || [], q: Number(q) > least ? Number(q) : 0, search: search || "" }),
    map_settings: (least, links) => ({ least: Math.round(100 * (Number(least) || 0)), links: (links || []).includes("links") }),
    q_words: (q, least) => (Number(q) > least ? `q ≤ 10^−${Number(q)}` : "all that the scan kept"),
    score_words: (least) => (Number(least) ? `${Number(least).toFixed(2)} or more` : "any"),
    /* What one picture reports, as another's highlight. */
    rows_of: (news) => ({ rows: (news && news.rows) || [] }),
  };
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, functions);

  /* Buttons that act on a picture carry data-picture (its prefix) and data-act. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-picture][data-act]");
    const picture = button && P.of(button.dataset.picture);
    if (picture) picture.act(button.dataset.act);
  });

  /* An element replaced by another of the same id is drawn again; one that has gone is forgotten. */
  let looking = false;
  new MutationObserver(() => {
    if (looking) return;
    looking = true;
    requestAnimationFrame(() => {
      looking = false;
      if (!P.tidy) return; /* the other scripts are still on their way */
      P.tidy();
      fed.forEach((_, id) => {
        const el = document.getElementById(id);
        if (el && !el.querySelector("canvas")) give(id, 0);
      });
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
