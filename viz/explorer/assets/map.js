"use strict";
/* The map of clusters: circles as large as their accounts, joined by shared targets. No network.
   The payload is written by viz/explorer/pictures/map_payload.py, where its fields are documented. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  P.kinds = P.kinds || {};
  const STEPS = 5; /* classes of inauthenticity, --map-0 to --map-4 */
  const SMALLEST = 2.4;

  /* How a verdict looks: the ring around a circle. */
  const RINGS = {
    "confirmed": { width: 3, dash: [] },
    "benign": { width: 2.2, dash: [6, 4] },
    "needs more": { width: 2.2, dash: [1.5, 3.5] },
    "duplicate": { width: 1.2, dash: [], double: true },
  };

  P.kinds.map = (pic) => {
    let data = { clusters: { x: [], y: [] } };
    let c = { id: [], x: [], y: [], r: [], n: [], score: [], reason: [], label: [], verdict: [] };
    let links = { a: [], b: [], n: [] };
    let grid = new P.Grid([], []);
    let settings = { least: 0, links: true };
    let litIds = [];
    let lit = new Set();
    let degree = new Int32Array(0);

    const sx = (i) => c.x[i] * pic.view.k + pic.view.x;
    const sy = (i) => c.y[i] * pic.view.k + pic.view.y;
    const radius = (i) => Math.max(c.r[i] * pic.view.k, SMALLEST);
    const step = (i) => Math.min(Math.floor((c.score[i] / 100) * STEPS), STEPS - 1);
    const pale = (i) => c.score[i] < settings.least || (lit.size && !lit.has(i));
    const linked = (a, b) => !pale(a) && !pale(b);
    const verdict = (i) => data.verdicts[c.verdict[i]];
    const isGroup = (i) => c.many[i] > 1 || c.id[i] < 0;

    function load(payload) {
      if (payload.clusters) {
        data = payload;
        c = payload.clusters;
        links = payload.links;
      }
      grid = new P.Grid(c.x, c.y);
      degree = new Int32Array(c.id.length);
      links.a.forEach((a, i) => { degree[a]++; degree[links.b[i]]++; });
      set({}, null);
    }

    function set(next, highlight) {
      settings = { ...settings, ...next };
      if (highlight) litIds = highlight.rows || [];
      const wanted = new Set(litIds);
      lit = new Set(c.id.map((id, i) => (wanted.has(id) ? i : -1)).filter((i) => i >= 0));
      pic.redraw();
    }

    function drawLinks(ctx) {
      const n = links.a.length;
      const faint = n < 200 ? 0.8 : n < 2000 ? 0.45 : 0.14;
      ctx.strokeStyle = pic.colour("other");
      for (const [low, high, width] of [[0, 2, 0.9], [2, 6, 1.7], [6, Infinity, 3]]) {
        ctx.beginPath();
        for (let i = 0; i < n; i++) {
          const [a, b] = [links.a[i], links.b[i]];
          if (links.n[i] < low || links.n[i] >= high || !linked(a, b)) continue;
          ctx.moveTo(sx(a), sy(a));
          ctx.lineTo(sx(b), sy(b));
        }
        ctx.lineWidth = n < 3000 ? width : Math.min(width, 1); /* thin lines are drawn ten times faster */
        ctx.globalAlpha = faint;
        ctx.stroke();
      }
      ctx.globalAlpha = 1;
    }

    function drawCircles(ctx) {
      const seen = (i) => sx(i) + radius(i) > -4 && sx(i) - radius(i) < pic.w + 4 && sy(i) + radius(i) > -4 && sy(i) - radius(i) < pic.h + 4;
      for (let at = 0; at < STEPS; at++) {
        for (const faint of [true, false]) {
          ctx.beginPath();
          for (let i = 0; i < c.id.length; i++) if (step(i) === at && Boolean(pale(i)) === faint && seen(i)) P.shape(ctx, "circle", sx(i), sy(i), radius(i));
          ctx.globalAlpha = faint ? 0.15 : 1;
          ctx.fillStyle = pic.colour(`map-${at}`);
          ctx.fill();
          ctx.lineWidth = 0.8;
          ctx.strokeStyle = pic.colour("muted");
          ctx.stroke();
        }
      }
      ctx.globalAlpha = 1;
      ctx.strokeStyle = pic.colour("muted");
      for (let i = 0; i < c.id.length; i++) if (isGroup(i) && seen(i)) drawGroup(ctx, sx(i), sy(i), radius(i));
      ctx.strokeStyle = pic.colour("ink");
      for (let i = 0; i < c.id.length; i++) if (RINGS[verdict(i)] && !pale(i) && seen(i)) drawRing(ctx, verdict(i), sx(i), sy(i), radius(i));
      if (!lit.size || lit.size === c.id.length) return;
      ctx.beginPath();
      for (const i of lit) P.shape(ctx, "circle", sx(i), sy(i), radius(i) + 6);
      ctx.lineWidth = 2;
      ctx.strokeStyle = pic.colour("caution-mark");
      ctx.stroke();
    }

    /* A group has a second outline, dotted. */
    function drawGroup(ctx, x, y, r) {
      ctx.setLineDash([2, 3]);
      ctx.lineWidth = 1.4;
      ctx.beginPath();
      P.shape(ctx, "circle", x, y, r + 3);
      ctx.stroke();
      ctx.setLineDash([]);
    }

    function drawRing(ctx, name, x, y, r) {
      const ring = RINGS[name];
      ctx.setLineDash(ring.dash);
      ctx.lineWidth = ring.width;
      ctx.beginPath();
      P.shape(ctx, "circle", x, y, r + 1.5);
      if (ring.double) P.shape(ctx, "circle", x, y, r + 4.5);
      ctx.stroke();
      ctx.setLineDash([]);
    }

    /* Labels inside circles that are large enough. */
    function drawLabels(ctx) {
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      for (let i = 0; i < c.id.length; i++) {
        const r = radius(i);
        if (r < 9 || pale(i) || sx(i) < -r || sx(i) > pic.w + r || sy(i) < -r || sy(i) > pic.h + r) continue;
        const fits = (1.9 * r - 3) / (0.62 * c.label[i].length); /* a digit is so wide */
        ctx.font = `600 ${Math.min(Math.max(Math.min(r * 0.62, fits), 9), 18)}px ${pic.font}`;
        ctx.fillStyle = pic.colour(step(i) >= 3 ? "map-ink-high" : "map-ink-low");
        if (ctx.measureText(c.label[i]).width < 2 * r - 3) ctx.fillText(c.label[i], sx(i), sy(i) + 0.5);
      }
    }

    /* Words on the map: what rows and columns of groups have in common. */
    function drawWords(ctx) {
      ctx.font = `12px ${pic.font}`;
      ctx.fillStyle = pic.colour("muted");
      ctx.textBaseline = "bottom";
      for (const { text, x, y, at } of data.labels || []) {
        ctx.textAlign = at;
        ctx.fillText(text, x * pic.view.k + pic.view.x, y * pic.view.k + pic.view.y);
      }
    }

    const order = () => c.id.map((_, i) => ({ i })).filter(({ i }) => !pale(i));
    const walk = P.walker(pic, order, ({ i }) => [sx(i), sy(i)]);
    let walked = null;
    const open = (i) => pic.report("opened", isGroup(i)
      ? { what: "group", group: -c.id[i], run_id: data.run_id }
      : { what: "cluster", cluster_id: c.id[i], run_id: data.run_id });

    return {
      keepsView: false,
      load, set,
      bounds() {
        const low = P.bounds(c.x.map((x, i) => x - c.r[i]), c.y.map((y, i) => y - c.r[i]));
        const high = P.bounds(c.x.map((x, i) => x + c.r[i]), c.y.map((y, i) => y + c.r[i]));
        const above = Math.min(low[1], ...(data.labels || []).map((label) => label.y));
        return c.id.length ? [low[0], above, high[2], high[3]] : [0, 0, 1, 1];
      },
      draw(ctx) {
        if (settings.links) drawLinks(ctx);
        drawCircles(ctx);
        drawLabels(ctx);
        drawWords(ctx);
      },
      at(x, y) {
        const reach = Math.max(data.largest || 0, 8 / pic.view.k);
        const i = grid.nearest((x - pic.view.x) / pic.view.k, (y - pic.view.y) / pic.view.k, reach, (j, d) => !(c.score[j] < settings.least) && d * pic.view.k <= radius(j) + 3);
        return i < 0 ? null : { i };
      },
      lines({ i }) {
        const joined = degree[i] ? `shares targets with ${P.plural(degree[i], isGroup(i) ? "mark" : "cluster")} drawn here` : "";
        if (isGroup(i)) {
          return [
            `${P.plural(c.many[i], "cluster")} of ${P.plural(c.n[i], "account")}`,
            c.reason[i],
            `highest inauthenticity ${(c.score[i] / 100).toFixed(2)}, highest coordination ${(c.coordination[i] / 100).toFixed(2)}`,
            joined,
            "a click draws them singly",
          ].filter(Boolean);
        }
        return [
          `Cluster ${c.label[i]}: ${P.plural(c.n[i], "account")}`,
          c.reason[i],
          `inauthenticity ${(c.score[i] / 100).toFixed(2)}, coordination ${(c.coordination[i] / 100).toFixed(2)}`,
          `verdict: ${verdict(i)}`,
          joined || "shares no target with another cluster drawn here",
        ];
      },
      hover(ctx, { i }) {
        ctx.strokeStyle = pic.colour("ink");
        ctx.globalAlpha = 0.5;
        ctx.lineWidth = 1.2;
        ctx.beginPath();
        links.a.forEach((a, at) => {
          if (a !== i && links.b[at] !== i) return;
          ctx.moveTo(sx(a), sy(a));
          ctx.lineTo(sx(links.b[at]), sy(links.b[at]));
        });
        ctx.stroke();
        ctx.globalAlpha = 1;
        ctx.lineWidth = 2.5;
        ctx.beginPath();
        P.shape(ctx, "circle", sx(i), sy(i), radius(i) + 3);
        ctx.stroke();
      },
      drag: () => "pan",
      click(mark) { if (mark) open(mark.i); },
      opened() {},
      key(event) {
        const next = walk(event);
        if (next) { walked = next; return true; }
        if (event.key === "Enter" && walked) { open(walked.i); return true; }
        if (event.key === "Escape") { walked = null; pic.say([]); pic.clearOverlay(); return true; }
        return false;
      },
      legend() {
        const scale = {
          label: "inauthenticity 0 to 1", scale: true,
          draw: (ctx, w, h) => { for (let at = 0; at < STEPS; at++) { ctx.fillStyle = pic.colour(`map-${at}`); ctx.fillRect(at * (w / STEPS), 3, w / STEPS, h - 6); } },
        };
        const shared = { label: "shared targets", line: true, draw: (ctx, w, h) => { ctx.fillStyle = pic.colour("other"); ctx.fillRect(1, h / 2 - 1, w - 2, 2); } };
        const present = data.verdicts ? data.verdicts.filter((name, at) => RINGS[name] && c.verdict.includes(at)) : [];
        const group = { label: "group of clusters, in a scale of its own", draw: (ctx, w, h) => { ctx.strokeStyle = pic.colour("muted"); drawGroup(ctx, w / 2, h / 2, 3); } };
        return [scale, shared, ...(c.id.some((_, i) => isGroup(i)) ? [group] : []), ...present.map((name) => ({
          label: name,
          draw: (ctx, w, h) => { ctx.strokeStyle = pic.colour("ink"); drawRing(ctx, name, w / 2, h / 2, 4); },
        }))];
      },
      status() {
        if (!c.id.length) return "This run has no clusters to draw.";
        const shown = c.id.map((_, i) => i).filter((i) => c.score[i] >= settings.least);
        const single = shown.filter((i) => !isGroup(i)).length;
        const all = c.many.reduce((sum, n) => sum + n, 0);
        const groups = shown.length - single;
        const inside = shown.reduce((sum, i) => sum + (isGroup(i) ? c.many[i] : 0), 0);
        const others = groups ? `, ${P.plural(groups, "group")} of ${P.plural(inside, "cluster")}` : "";
        const drawn = settings.links ? links.a.filter((a, i) => linked(a, links.b[i])).length : 0;
        return `${P.plural(single, "cluster")}${single + inside < all ? ` of ${P.count(all)}` : ""}${others} and ${P.plural(drawn, "link")} are shown.`;
      },
      probe: () => ({ where: (id) => [sx(c.id.indexOf(id)), sy(c.id.indexOf(id))], radius: (id) => radius(c.id.indexOf(id)), lit: [...lit].map((i) => c.id[i]) }),
    };
  };
})();
