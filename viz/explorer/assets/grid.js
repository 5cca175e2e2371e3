"use strict";
/* What the cells of grids show. Everything is made by React from text, so no name can be markup. */
(() => {
  const h = (...args) => window.React.createElement(...args);
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  /* A plain click stays in this page; with a key held, the browser does what it does with links. */
  function go(event, href) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    window.cibGo(href);
  }

  cells.CibLink = (props) => {
    if (!props.data || !props.data.href) return props.value ?? null;
    const link = h("a", { href: props.data.href, onClick: (e) => go(e, props.data.href) }, props.value);
    const run = props.data.of_run;
    if (!run) return link;
    return h("span", { className: "cell-of-run" }, link, ...run.map((line, i) => h("span", { key: i, className: "fine" }, line)));
  };

  /* A name that leads to its page: the address stands beside it, in the field with "_href". */
  cells.CibNamed = (props) => {
    const href = props.data && props.data[props.colDef.field + "_href"];
    if (!href) return h("bdi", null, props.value ?? "");
    return h("bdi", null, h("a", { href, onClick: (e) => go(e, href) }, props.value));
  };

  cells.CibMark = (props) => {
    if (!props.value) return null;
    const kind = String(props.value).replace(/[^a-z]+/g, "-");
    const plain = kind === "open" || kind === "known" || kind === "possibly-benign" || kind === "coordinated";
    return h("span", { className: plain ? "mark-plain" : "mark mark-" + kind }, props.value);
  };

  cells.CibReason = (props) => h("span", { className: "cell-reason" }, props.value);

  cells.CibOwner = (props) => {
    if (!props.data) return null;
    return h("span", { className: "cell-owner" }, h("span", null, props.data.owner), h("span", { className: "fine" }, props.data.due));
  };

  cells.CibScore = (props) => {
    if (typeof props.value !== "number") return null;
    const text = props.value >= 0.995 && props.value < 1 ? "> 0.99"
      : props.value < 0.005 && props.value > 0 ? "< 0.01"
        : props.value >= 0.495 && props.value < 0.5 ? "< 0.50" : props.value.toFixed(2);
    const bar = h("i", { style: { width: (100 * props.value).toFixed(1) + "%" } });
    return h("span", { className: "cell-score" },
      h("span", { className: "mini mini-" + props.which, "aria-hidden": true }, bar), h("span", null, text));
  };

  cells.CibSpark = (props) => {
    const counts = props.value;
    if (!Array.isArray(counts) || !counts.length) return null;
    const top = Math.max(...counts, 1);
    const bars = counts.map((n, i) => h("rect", {
      key: i, x: i * 4, width: 3, y: 24 - (n ? Math.max(1.5, 24 * n / top) : 0.6),
      height: n ? Math.max(1.5, 24 * n / top) : 0.6,
    }));
    const most = "Interactions through the time of the run; " + top + " at most in one bar";
    return h("svg", { className: "spark", viewBox: "0 0 " + counts.length * 4 + " 24",
      preserveAspectRatio: "none", role: "img", "aria-label": most }, bars);
  };

  /* Enter in a list opens what the row is about: the link of this cell, or else the row's first. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".ag-cell")) return;
    const grid = event.target.closest(".ag-root");
    const row = event.target.closest(".ag-row")?.getAttribute("row-index");
    const link = event.target.querySelector("a[href]")
      || (row && grid?.querySelector(`.ag-row[row-index="${CSS.escape(row)}"] a[href]`));
    if (!link) return;
    event.preventDefault();
    window.cibGo(link.getAttribute("href"));
  }, true);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cib = Object.assign(window.dash_clientside.cib || {}, {
    purgeGrid() {
      try {
        const api = window.dash_ag_grid.getApi("triage-grid");
        api.deselectAll();
        api.purgeInfiniteCache();
      } catch { /* the grid is not there yet, and will ask for its rows when it is */ }
      return window.dash_clientside.no_update;
    },
    /* What opens below what is in sight is brought there. */
    scrollTo(children, id) {
      const shown = children && !Array.isArray(children);
      if (shown) requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: "start" }));
      return window.dash_clientside.no_update;
    },
    noneChosen(rows) { return !(rows && rows.length); },
  });
})();
