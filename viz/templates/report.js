"use strict";
/* The report's own script: draw figures when they come into view, sort tables. No network. */
(() => {
  const settings = JSON.parse(document.getElementById("page-settings").textContent);
  const darkMode = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  /* Text lists are written as base64 codes into the figure's strings; see packing.py. */
  function unpacked(list, strings) {
    if (!list || !list.codes) return list;
    const bytes = Uint8Array.from(atob(list.codes), (c) => c.charCodeAt(0));
    const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[list.bytes];
    return Array.from(new Codes(bytes.buffer), (code) => strings[code]);
  }

  /* Figures are written in light colours; in the dark, colour attributes are translated. */
  function recoloured(value, key) {
    if (typeof value === "string") {
      return /color/i.test(key) ? settings.dark[value] || value : value;
    }
    if (Array.isArray(value)) {
      return /^(text|customdata)$/.test(key) ? value : value.map((item) => recoloured(item, key));
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, recoloured(v, k)]));
    }
    return value;
  }

  function draw(plot) {
    const figure = JSON.parse(document.getElementById("data-" + plot.dataset.figure).textContent);
    for (const trace of figure.data) {
      for (const key of ["text", "customdata"]) {
        if (key in trace) trace[key] = unpacked(trace[key], figure.strings);
      }
    }
    figure.layout.template = settings.template;
    const themed = darkMode.matches && !printing ? recoloured(figure, "") : figure;
    themed.layout.height = plot.clientHeight;
    if (printing) themed.layout.width = 680; /* a page of A4 or Letter between its margins */
    const first = !plot.dataset.drawn;
    plot.dataset.drawn = "yes";
    try {
      const bar = plot.dataset.figure.endsWith("-targets") ? { displayModeBar: false } : {};
      Plotly.react(plot, themed.data, themed.layout, { ...settings.config, ...bar });
    } catch (error) {
      plot.textContent = "This figure could not be drawn: " + error.message;
      throw error;
    }
    if (first) plot.on("plotly_click", (event) => goTo(plot, event));
  }

  /* A click on a cluster of the overview goes to its section. */
  function goTo(plot, event) {
    if (plot.dataset.figure !== "overview") return;
    const section = document.getElementById("cluster-" + event.points[0].customdata[0]);
    if (section) section.scrollIntoView({ behavior: "smooth" });
  }

  const plots = [...document.querySelectorAll(".plot-area")];
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "300px" },
  );
  plots.forEach((plot) => observer.observe(plot));

  const redraw = () => plots.filter((plot) => plot.dataset.drawn).forEach(draw);
  darkMode.addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    printing = true;
    plots.forEach(draw);
  });
  addEventListener("afterprint", () => {
    printing = false;
    redraw();
  });

  /* Buttons above a raster: the whole time, the busiest hour, … */
  for (const button of document.querySelectorAll("[data-range]")) {
    button.addEventListener("click", () => {
      const plot = document.getElementById("plot-" + button.parentElement.dataset.plot);
      if (!plot.dataset.drawn) draw(plot);
      const range = JSON.parse(button.dataset.range);
      Plotly.relayout(plot, range ? { "xaxis.range": range } : { "xaxis.autorange": true });
      for (const other of button.parentElement.children) {
        other.setAttribute("aria-pressed", String(other === button));
      }
    });
  }

  function sortBy(header) {
    const row = header.parentElement;
    const column = [...row.children].indexOf(header);
    const numeric = header.dataset.kind === "num";
    const before = header.getAttribute("aria-sort");
    const down = before === "none" ? numeric : before === "ascending";
    for (const other of row.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = header.closest("table").tBodies[0];
    const value = (tr) => {
      const cell = tr.children[column];
      if (!numeric) return cell.textContent;
      const given = parseFloat(cell.dataset.value);
      return Number.isNaN(given) ? -Infinity : given;
    };
    const compare = numeric
      ? (a, b) => (a === b ? 0 : a < b ? -1 : 1)
      : new Intl.Collator("en", { numeric: true }).compare;
    const rows = [...body.rows].map((tr) => [value(tr), tr]);
    rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    body.append(...rows.map(([, tr]) => tr));
  }
  for (const button of document.querySelectorAll("table.sortable th button")) {
    button.addEventListener("click", () => sortBy(button.parentElement));
  }
})();
