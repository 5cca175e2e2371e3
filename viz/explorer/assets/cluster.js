"use strict";
/* The page of a cluster: what is chosen, parts that are made when they are scrolled to. No network. */
(() => {
  const none = () => window.dash_clientside.no_update;
  const nothing = { accounts: null, targets: null, since_us: null, until_us: null, acting: null };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const sorted = (rows) => (rows && rows.length ? [...new Set(rows)].sort((a, b) => a - b) : null);

  /* Return what is chosen with one part changed; nothing is written when nothing changes. */
  function changed(chosen, part) {
    const next = { ...nothing, ...chosen, ...part };
    return same(next, { ...nothing, ...chosen }) ? none() : next;
  }

  /* Choose the same rows in a grid. The grid is told by its property: it takes that up whenever it is
     ready, where its own calls answer before it listens. */
  function mark(id, rows) {
    if (!onPage(id)) return;
    const wanted = new Set((rows || []).map(String));
    let api = null;
    try { api = window.dash_ag_grid.getApi(id); } catch { /* not there yet */ }
    if (api && !api.isDestroyed()) {
      let [there, alike, first] = [0, true, null];
      api.forEachNode((node) => {
        if (wanted.has(node.id)) there += 1;
        if (Boolean(node.isSelected()) === wanted.has(node.id)) return;
        alike = false;
        if (wanted.has(node.id)) first = first || node;
      });
      if (alike && there && there === wanted.size) return;
      if (first) api.ensureNodeVisible(first);
    }
    window.dash_clientside.set_props(id, { selectedRows: { ids: [...wanted] } });
  }

  function onPage(id) {
    try { return window.dash_component_api.getLayout(id) !== undefined; } catch { return false; }
  }

  /* Tables of interactions ask for their rows again. */
  function refresh() {
    for (const el of document.querySelectorAll(".acts[id]")) {
      try { window.dash_ag_grid.getApi(JSON.parse(el.id)).purgeInfiniteCache(); } catch { /* not there yet */ }
    }
  }

  const moment = (us) => new Date(us / 1000).toISOString().replace("T", " ").slice(0, 16);
  const plural = (n, one) => n.toLocaleString("en") + " " + one + (n === 1 ? "" : "s");

  const functions = {
    chooseAccounts: (news, chosen) => (news ? changed(chosen, { accounts: sorted(news.rows) }) : none()),
    chooseTime: (news, chosen) =>
      (news ? changed(chosen, {
        since_us: news.since_us ?? null, until_us: news.until_us ?? null,
        acting: news.since_us == null ? null : sorted(news.rows),
      }) : none()),
    chooseMembers: (rows, chosen) =>
      (Array.isArray(rows) ? changed(chosen, { accounts: sorted(rows.map((row) => row.row)) }) : none()),
    chooseTargets: (rows, chosen) =>
      (Array.isArray(rows) ? changed(chosen, { targets: sorted(rows.map((row) => row.row)) }) : none()),
    chooseNothing(clicks, chosen) {
      if (!clicks) return none();
      for (const picture of ["raster", "network"]) {
        const one = window.cibPictures.of(picture);
        /* Escape steps back: first to the whole time, then to nobody chosen */
        if (one) for (let step = 0; step < 2; step++) one.kind.key({ key: "Escape" });
      }
      return changed(chosen, nothing);
    },

    /* A picture points at the accounts chosen elsewhere; while a stretch of time is shown, at those
       who act in it. */
    pointAt(chosen, before) {
      const rows = (chosen && chosen.accounts) || (chosen && chosen.acting) || [];
      return same(rows, (before && before.rows) || []) ? none() : { rows };
    },

    sayChosen(chosen) {
      const held = { ...nothing, ...chosen };
      const parts = [];
      if (held.accounts) parts.push(plural(held.accounts.length, "account"));
      if (held.targets) parts.push(plural(held.targets.length, "target"));
      if (held.since_us !== null) parts.push(moment(held.since_us) + " to " + moment(held.until_us) + " UTC");
      setTimeout(() => {
        mark("members-grid", held.accounts);
        mark("targets-grid", held.targets);
        refresh();
      }, 0);
      return [parts.join(" · "), !parts.length];
    },

    /* Something in a picture was opened: go to its page. */
    openMark(news, at) {
      if (news && at) {
        const row = news.what === "target" ? news.target : news.row;
        if (Number.isInteger(row) && row >= 0) window.cibGo("/run/" + at.run + "/" + news.what + "/" + row);
      }
      return none();
    },

    /* A part that is made late learns what was chosen before. */
    tellLate(_, chosen) {
      const held = { ...nothing, ...chosen };
      const rows = held.accounts || held.acting;
      if (rows) {
        for (const picture of ["raster", "network"]) {
          if (document.getElementById(picture + "-picture")) window.dash_clientside.set_props(picture + "-highlight", { data: { rows } });
        }
      }
      mark("members-grid", held.accounts);
      mark("targets-grid", held.targets);
      return none();
    },

    watchSections() {
      scrollTo({ top: 0, behavior: "instant" });
      requestAnimationFrame(watch);
      return none();
    },
  };

  /* What is chosen in one picture is pointed at in the other within the same frame; the page, which
     takes longer, says the same to both afterwards. */
  document.addEventListener("cib-report", (event) => {
    const { part, data } = event.detail;
    if (part !== "brush" && part !== "selection") return;
    const from = event.target.id.replace(/-picture$/, "");
    const other = { raster: "network", network: "raster" }[from];
    const picture = other && window.cibPictures.of(other);
    if (picture) picture.kind.set({}, { rows: data.rows || [] });
  });

  /* Make a part when it is nearly in sight; tell in the rail which one is. */
  let sight = null;
  let inSight = null;
  const shown = new Map();

  function watch() {
    if (sight) { sight.disconnect(); inSight.disconnect(); shown.clear(); }
    sight = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        sight.unobserve(entry.target);
        want(entry.target);
      }
    }, { rootMargin: "350px 0px" });
    inSight = new IntersectionObserver((entries) => {
      for (const entry of entries) shown.set(entry.target.id, entry.intersectionRect.height);
      const [most] = [...shown.entries()].sort((a, b) => b[1] - a[1])[0] || [""];
      for (const link of document.querySelectorAll(".contents a")) {
        if (link.dataset.part === most) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] });
    for (const part of document.querySelectorAll("[data-lazy]")) {
      sight.observe(part);
      inSight.observe(part);
    }
  }

  const made = new WeakSet(); /* parts that were asked for; asking again would make them anew */
  function want(part) {
    if (made.has(part)) return;
    made.add(part);
    const ask = () => window.dash_clientside.set_props({ section: part.dataset.lazy, type: "seen" }, { data: true });
    if (PICTURES.includes(part.id)) ask();
    else afterPictures(part, ask, performance.now() + 2000);
  }

  /* The two large pictures come first: figures in other parts load a library that takes the page half
     a second, once. A part is made when its room is no longer reserved for it. */
  const PICTURES = ["raster", "network"];
  function afterPictures(part, ask, until) {
    if (!part.isConnected) return;
    const coming = PICTURES.map((name) => document.getElementById(name)).some((picture) => picture
      && made.has(picture) && picture.querySelector(".section-body").style.minHeight);
    if (coming && performance.now() < until) setTimeout(() => afterPictures(part, ask, until), 40);
    else ask();
  }

  /* Bring a part to the top and hold it there while the parts around it are made, until somebody
     moves the page. */
  let holding = 0;
  function bring(part) {
    if (part.dataset.lazy) want(part);
    const heading = part.querySelector("h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    const turn = ++holding;
    const top = parseFloat(getComputedStyle(part).scrollMarginTop) || 0;
    const there = () => {
      if (turn !== holding || !part.isConnected) return watching.disconnect();
      if (Math.abs(part.getBoundingClientRect().top - top) > 3) part.scrollIntoView({ behavior: "instant" });
    };
    const watching = new ResizeObserver(there);
    const let_go = () => { watching.disconnect(); };
    for (const what of ["wheel", "pointerdown", "keydown", "touchmove"]) {
      addEventListener(what, let_go, { once: true, passive: true });
    }
    setTimeout(let_go, 3000);
    part.scrollIntoView({ behavior: "instant" });
    watching.observe(document.querySelector(".cluster-main"));
  }

  /* Links within the page scroll; the address keeps naming the cluster alone. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('.cluster-page a[href^="#"]');
    if (link) {
      const part = document.getElementById(link.getAttribute("href").slice(1));
      if (!part) return;
      event.preventDefault();
      bring(part);
      return;
    }
    const button = event.target.closest && event.target.closest("button[data-go]");
    if (button && !button.disabled) window.cibGo(button.dataset.go);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, functions);
})();
