"use strict";
/* The coordination network: accounts by role, joined by their strongest evidence. No network use.
   The payload is written by viz/explorer/pictures/network_payload.py, where its fields are documented. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  P.kinds = P.kinds || {};
  const FADED = 0.2;

  P.kinds.network = (pic) => {
    let nodes = { x: [], y: [], row: [], name: [], role: [], strength: [], edge: [] };
    let edges = { a: [], b: [], layer: [], q: [], third: [] };
    let data = { nodes, edges, roles: [], layers: [] };
    let grid = new P.Grid([], []);
    let settings = { layers: null, q: 0, search: "" };
    let drawn = []; /* places of the edges that pass the filter, one per pair */
    let joined = new Uint8Array(0); /* nodes that have one of them */
    let hidden = new Uint8Array(0);
    let chosen = new Set();
    let lit = new Set(); /* nodes that another picture points at */
    let found = new Set(); /* nodes whose name holds the text searched for */
    let placeOf = new Map(); /* row of accounts.parquet → node */
    let hiddenRows = new Set();

    const sx = (i) => nodes.x[i] * pic.view.k + pic.view.x;
    const sy = (i) => nodes.y[i] * pic.view.k + pic.view.y;
    const rows = (some) => [...some].map((i) => nodes.row[i]).filter((row) => row >= 0);
    const roleOf = (i) => data.roles[nodes.role[i]];
    const largest = () => {
      const n = nodes.x.length;
      const usual = n <= 60 ? 11 : n <= 300 ? 8 : n <= 1500 ? 5.5 : 3;
      return usual * Math.sqrt(Math.min(Math.max(pic.view.k / pic.fitted, 1), 5));
    };
    const radius = (i) => largest() * (0.5 + nodes.strength[i] / 200);
    const layerColour = (layer) => pic.colour(data.layers[layer].colour);

    function load(payload) {
      const before = rows(chosen);
      data = payload.nodes ? payload : { nodes, edges, roles: [], layers: [] };
      ({ nodes, edges } = data);
      grid = new P.Grid(nodes.x, nodes.y);
      placeOf = new Map(nodes.row.map((row, i) => [row, i]));
      hidden = Uint8Array.from(nodes.row, (row) => (hiddenRows.has(row) ? 1 : 0));
      const places = (some) => some.map((row) => placeOf.get(row)).filter((i) => i !== undefined);
      chosen = new Set(places(before));
      lit = new Set(places(litRows));
      filter();
    }

    /* Edges are sorted by pair, the strongest first: the first of a pair that passes is drawn. */
    function filter() {
      const wanted = data.layers.map((layer) => !settings.layers || settings.layers.includes(layer.name));
      const some = [];
      joined = new Uint8Array(nodes.x.length);
      let [a, b] = [-1, -1];
      for (let e = 0; e < edges.a.length; e++) {
        if (edges.a[e] === a && edges.b[e] === b) continue;
        if (!wanted[edges.layer[e]] || (edges.q[e] >= 0 && edges.q[e] < settings.q)) continue;
        [a, b] = [edges.a[e], edges.b[e]];
        if (hidden[a] || hidden[b]) continue;
        joined[a] = joined[b] = 1;
        some.push(e);
      }
      drawn = some;
      const text = (settings.search || "").trim().toLowerCase();
      found = new Set();
      if (text) nodes.name.forEach((name, i) => { if (name.toLowerCase().includes(text)) found.add(i); });
    }

    let litRows = [];
    function set(next, highlight) {
      settings = { ...settings, ...next };
      if (highlight) litRows = highlight.rows || [];
      lit = new Set(litRows.map((row) => placeOf.get(row)).filter((i) => i !== undefined));
      filter();
      pic.redraw();
    }

    function drawEdges(ctx) {
      const n = drawn.length;
      const faint = n < 300 ? 0.8 : n < 1500 ? 0.4 : n < 5000 ? 0.3 : 0.2;
      const thick = drawn.map((e) => edges.third[e]);
      for (let layer = 0; layer < data.layers.length; layer++) {
        ctx.strokeStyle = layerColour(layer);
        ctx.setLineDash(n < 1500 ? data.layers[layer].dash : []);
        for (let third = 0; third < 3; third++) {
          ctx.beginPath();
          let any = false;
          for (let d = 0; d < n; d++) {
            const e = drawn[d];
            if (thick[d] !== third || edges.layer[e] !== layer) continue;
            any = true;
            ctx.moveTo(sx(edges.a[e]), sy(edges.a[e]));
            ctx.lineTo(sx(edges.b[e]), sy(edges.b[e]));
          }
          if (!any) continue;
          ctx.globalAlpha = Math.min(1, faint * [0.55, 0.85, n < 3000 ? 1 : 1.5][third] * (layer ? 1.15 : 0.9));
          ctx.lineWidth = n < 3000 ? [0.8, 1.2, 1.9][third] : 1; /* thin lines are drawn ten times faster */
          ctx.stroke();
        }
      }
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
    }

    function drawNodes(ctx) {
      const border = nodes.x.length > 1500 ? 0.4 : 1.2;
      const pointed = lit.size + found.size > 0;
      for (let role = 0; role < data.roles.length; role++) {
        const { colour, shape } = data.roles[role];
        for (const alone of [1, 0]) {
          ctx.beginPath();
          for (let i = 0; i < nodes.x.length; i++) {
            if (nodes.role[i] !== role || hidden[i]) continue;
            const dim = !joined[i] || (pointed && !lit.has(i) && !found.has(i));
            if (dim === Boolean(alone)) P.shape(ctx, shape, sx(i), sy(i), radius(i));
          }
          ctx.globalAlpha = alone ? FADED : 1;
          ctx.fillStyle = pic.colour(colour);
          ctx.fill();
          ctx.lineWidth = border;
          ctx.strokeStyle = pic.colour("card");
          ctx.stroke();
        }
      }
      ctx.globalAlpha = 1;
    }

    /* Rings say what colours do not: dark for chosen, dashed for those another picture points at. */
    function drawRings(ctx) {
      const circle = (some, colour, gap, width, dash) => {
        ctx.beginPath();
        for (const i of some) if (!hidden[i]) P.shape(ctx, "circle", sx(i), sy(i), radius(i) + gap);
        ctx.setLineDash(dash);
        ctx.lineWidth = width;
        ctx.strokeStyle = pic.colour(colour);
        ctx.stroke();
        ctx.setLineDash([]);
      };
      circle(new Set([...lit, ...found]), "caution-mark", 4, 2, lit.size + found.size < 400 ? [3, 2] : []);
      circle(chosen, "ink", 2.5, 2, []);
    }

    function drawNames(ctx) {
      const inside = (i) => !hidden[i] && sx(i) > -20 && sx(i) < pic.w + 20 && sy(i) > 0 && sy(i) < pic.h;
      let some = [...chosen, ...found, ...lit].filter(inside).slice(0, 40);
      if (nodes.x.length <= 5000) {
        const seen = [];
        for (let i = 0; i < nodes.x.length && seen.length <= 60; i++) if (inside(i)) seen.push(i);
        if (seen.length <= 60) some = [...some, ...seen.sort((i, j) => nodes.strength[j] - nodes.strength[i])];
      }
      const taken = [];
      ctx.font = `11.5px ${pic.font}`;
      ctx.textAlign = "center";
      ctx.lineJoin = "round";
      for (const i of new Set(some)) {
        const name = nodes.name[i].length > 22 ? `${nodes.name[i].slice(0, 21)}…` : nodes.name[i];
        const w = ctx.measureText(name).width;
        const [x, y] = [Math.min(Math.max(sx(i), w / 2 + 4), pic.w - w / 2 - 4), sy(i) - radius(i) - 5];
        if (taken.some(([x2, y2, w2]) => Math.abs(x - x2) < (w + w2) / 2 + 4 && Math.abs(y - y2) < 14)) continue;
        taken.push([x, y, w]);
        ctx.lineWidth = 3;
        ctx.strokeStyle = pic.colour("card");
        ctx.strokeText(name, x, y);
        ctx.fillStyle = pic.colour("ink");
        ctx.fillText(name, x, y);
      }
    }

    function nodeAt(x, y) {
      const reach = (largest() * 1.1 + 4) / pic.view.k;
      const i = grid.nearest((x - pic.view.x) / pic.view.k, (y - pic.view.y) / pic.view.k, reach,
        (j, d) => !hidden[j] && d * pic.view.k <= radius(j) + 4);
      return i < 0 ? null : { i };
    }

    function edgeAt(x, y) {
      let [best, least] = [null, 5];
      for (const e of drawn) {
        const [ax, ay] = [sx(edges.a[e]), sy(edges.a[e])];
        const [dx, dy] = [sx(edges.b[e]) - ax, sy(edges.b[e]) - ay];
        const t = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
        const away = Math.hypot(ax + t * dx - x, ay + t * dy - y);
        if (away < least) [best, least] = [{ e }, away];
      }
      return best;
    }

    function choose(some, add) {
      chosen = add ? new Set([...chosen, ...some]) : new Set(some);
      told();
    }

    function told() {
      pic.redraw();
      pic.report("selection", { rows: rows(chosen), from: "network" });
    }

    function lines({ i, e }) {
      if (e !== undefined) return pairLines(e);
      const role = roleOf(i);
      const degree = drawn.reduce((n, d) => n + (edges.a[d] === i || edges.b[d] === i), 0);
      return [
        nodes.name[i],
        role.means ? `${role.name}: ${role.means}` : role.name,
        ...(role.name === "target" ? [] : [`strength ${(nodes.strength[i] / 100).toFixed(2)} (the strongest member has 1)`]),
        joined[i] ? P.plural(degree, "line") : "no line left with these filters",
      ];
    }

    /* Everything known of the pair of an edge, layer by layer. */
    function pairLines(e) {
      const [a, b] = [edges.a[e], edges.b[e]];
      let first = e;
      while (first > 0 && edges.a[first - 1] === a && edges.b[first - 1] === b) first--;
      const said = [`${nodes.name[a]} – ${nodes.name[b]}`];
      for (let at = first; edges.a[at] === a && edges.b[at] === b; at++) {
        const q = edges.q[at] < 0 ? "" : edges.q[at] >= 300 ? ", q below 1e-300" : `, q = 10^−${edges.q[at]}`;
        const chance = edges.expected[at] === null ? "" : `, ${edges.expected[at]} by chance`;
        said.push(`${data.layers[edges.layer[at]].name}: ${P.count(edges.observed[at])}${chance}${q}`);
      }
      return said;
    }

    const open = (i) => pic.report("opened", { row: nodes.row[i], what: roleOf(i).name === "target" ? "target" : "account",
      target: data.nodes.target ? data.nodes.target[i] : null });
    const only = () => (chosen.size === 1 ? [...chosen][0] : null);
    const hide = () => {
      for (const i of chosen) { hidden[i] = 1; hiddenRows.add(nodes.row[i]); }
      chosen = new Set();
      filter();
      told();
    };
    const show = () => { hidden.fill(0); hiddenRows = new Set(); filter(); pic.redraw(); };
    const expand = () => { if (chosen.size) pic.report("expand", { rows: rows(chosen) }); };
    const strongest = () => nodes.row.map((_, i) => i).filter((i) => !hidden[i]).sort((i, j) => nodes.strength[j] - nodes.strength[i]);
    const walk = P.walker(pic, () => strongest().map((i) => ({ i })), ({ i }) => [sx(i), sy(i)]);
    let walked = null;

    return {
      keepsView: true,
      load, set, lines,
      bounds: () => P.bounds(nodes.x, nodes.y),
      draw(ctx) { drawEdges(ctx); drawNodes(ctx); drawRings(ctx); drawNames(ctx); },
      at: (x, y) => nodeAt(x, y) || edgeAt(x, y),
      hover(ctx, { i, e }) {
        ctx.strokeStyle = pic.colour("ink");
        ctx.lineWidth = 2;
        ctx.beginPath();
        if (e !== undefined) { ctx.moveTo(sx(edges.a[e]), sy(edges.a[e])); ctx.lineTo(sx(edges.b[e]), sy(edges.b[e])); }
        else {
          if (drawn.length <= 20000) {
            for (const d of drawn) {
              if (edges.a[d] !== i && edges.b[d] !== i) continue;
              ctx.moveTo(sx(edges.a[d]), sy(edges.a[d]));
              ctx.lineTo(sx(edges.b[d]), sy(edges.b[d]));
            }
            ctx.globalAlpha = 0.4;
            ctx.lineWidth = 1;
            ctx.stroke();
          }
          ctx.globalAlpha = 1;
          ctx.lineWidth = 2;
          ctx.beginPath();
          P.shape(ctx, "circle", sx(i), sy(i), radius(i) + 2.5);
        }
        ctx.stroke();
      },
      click(mark, event) {
        const add = event.ctrlKey || event.metaKey;
        if (mark === null) { if (!add && chosen.size) choose([], false); return; }
        const some = mark.e === undefined ? [mark.i] : [edges.a[mark.e], edges.b[mark.e]];
        if (add && some.every((i) => chosen.has(i))) { some.forEach((i) => chosen.delete(i)); told(); }
        else choose(some, add);
      },
      opened({ i }) { if (i !== undefined) open(i); },
      lassoed(polygon, add) {
        choose(strongest().filter((i) => P.inside(polygon, sx(i), sy(i))), add);
      },
      key(event) {
        const next = walk(event);
        if (next) { walked = next; return true; }
        const todo = {
          "Enter": () => { const i = walked ? walked.i : only(); if (i !== null) open(i); },
          " ": () => { if (walked) choose([walked.i], true); },
          "Escape": () => { walked = null; choose([], false); },
          "e": expand, "h": hide, "u": show,
        }[event.key];
        if (todo) todo();
        return Boolean(todo);
      },
      can: { "expand": () => chosen.size > 0, "hide": () => chosen.size > 0, "show": () => hiddenRows.size > 0, "open": () => only() !== null },
      acts: { "expand": expand, "hide": hide, "show": show, "open": () => { if (only() !== null) open(only()); } },
      legend() {
        const count = (role) => nodes.role.reduce((n, r, i) => n + (r === role && !hidden[i]), 0);
        return [
          ...data.roles.map((role, at) => ({
            label: `${P.count(count(at))} ${count(at) === 1 ? role.name : role.many}`, title: role.means,
            draw: (ctx, w, h) => { ctx.beginPath(); P.shape(ctx, role.shape, w / 2, h / 2, 5); ctx.fillStyle = pic.colour(role.colour); ctx.fill(); },
          })),
          ...data.layers.map((layer) => ({
            label: layer.name, line: true,
            draw: (ctx, w, h) => { ctx.beginPath(); ctx.moveTo(1, h / 2); ctx.lineTo(w - 1, h / 2); ctx.setLineDash(layer.dash); ctx.lineWidth = 2.4; ctx.strokeStyle = pic.colour(layer.colour); ctx.stroke(); },
          })),
        ];
      },
      status() {
        if (!nodes.x.length) return "Nothing to draw: no account is left.";
        const n = nodes.x.length - hidden.reduce((sum, one) => sum + one, 0);
        const marked = [...lit].filter((i) => !chosen.has(i)).length;
        const alone = joined.reduce((sum, one, i) => sum + (!one && !hidden[i] ? 1 : 0), 0);
        return [
          `${P.plural(n, "mark")} and ${P.plural(drawn.length, "line")} are shown`,
          chosen.size ? `${P.count(chosen.size)} chosen` : "",
          marked ? `${P.count(marked)} marked from another picture` : "",
          settings.search ? `${P.plural(found.size, "name")} found` : "",
          hidden.length > 0 && n < nodes.x.length ? `${P.count(nodes.x.length - n)} hidden` : "",
          alone ? `${P.count(alone)} without a line are pale` : "",
        ].filter(Boolean).join("; ") + ".";
      },
      probe: () => ({
        drawn: drawn.length,
        pairs: () => drawn.map((e) => [nodes.row[edges.a[e]], nodes.row[edges.b[e]], data.layers[edges.layer[e]].name]),
        hidden: [...hiddenRows],
        chosen: rows(chosen), lit: rows(lit), found: rows(found), where: (row) => [sx(placeOf.get(row)), sy(placeOf.get(row))],
      }),
    };
  };
})();
