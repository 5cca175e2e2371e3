"use strict";
/* The lockstep raster: a row per account, a mark per interaction, coloured by target. No network.
   The payload is written by viz/explorer/pictures/raster_payload.py, where its fields are documented. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  P.kinds = P.kinds || {};
  const [TOP, AXIS, RIGHT, DIVIDER] = [12, 44, 22, 36];
  const DENSE = 12000; /* more visible marks than this are pixels */
  const LEAST_MS = 1000;

  P.kinds.raster = (pic) => {
    let data = { rows: [], names: [], n_members: 0, targets: [], looks: [] };
    let [row, target, at] = [new Int32Array(0), new Int32Array(0), new Float64Array(0)];
    let ofRow = []; /* places of each row's marks, by time */
    let membersAt = []; /* sorted times of the members' marks */
    let [begin, end, t0, t1, r0, r1] = [0, 1, 0, 1, 0, 1];
    let chosen = new Set();
    let lit = new Set();
    let litRows = [];
    let visible = 0;
    let left = 150;
    let acting = new Set(); /* accounts that act in the stretch last shown; the page marks them here, too */
    let opening; /* the stretch of time shown first: {since, until} in microseconds */

    const nRows = () => data.rows.length;
    const controls = () => nRows() > data.n_members;
    const width = () => Math.max(pic.w - left - RIGHT, 10);
    const height = () => Math.max(pic.h - TOP - AXIS, 10);
    const gap = () => (controls() && r0 < data.n_members && r1 > data.n_members ? DIVIDER : 0);
    const rowHeight = () => (height() - gap()) / Math.max(r1 - r0, 1);
    const xOf = (ms) => left + ((ms - t0) / (t1 - t0)) * width();
    const msOf = (x) => t0 + ((x - left) / width()) * (t1 - t0);
    const yOf = (r) => TOP + (r - r0) * rowHeight() + (r >= data.n_members ? gap() : 0); /* top of a row */
    const rowOf = (y) => {
      const edge = yOf(data.n_members);
      if (gap() && y >= edge - gap() && y < edge) return -1;
      const r = Math.floor((y - TOP - (gap() && y >= edge ? gap() : 0)) / rowHeight() + r0);
      return r >= Math.floor(r0) && r < r1 && r < nRows() ? r : -1;
    };

    function load(payload) {
      const before = [...chosen].map((r) => data.rows[r]);
      data = payload.rows ? payload : { ...data, rows: [], names: [], n_members: 0 };
      let ms = data.start_ms || 0;
      at = Float64Array.from(data.delta_ms || [], (d) => (ms += d));
      row = Int32Array.from(data.row || []);
      target = Int32Array.from(data.target || []);
      ofRow = data.rows.map(() => []);
      row.forEach((r, i) => ofRow[r].push(i));
      membersAt = Array.from(at).filter((_, i) => row[i] < data.n_members);
      const room = Math.max((at[at.length - 1] - at[0]) * 0.015, LEAST_MS) || LEAST_MS;
      [begin, end] = at.length ? [at[0] - room, at[at.length - 1] + room] : [0, 86400000];
      const place = new Map(data.rows.map((id, r) => [id, r]));
      chosen = new Set(before.map((id) => place.get(id)).filter((r) => r !== undefined));
      relight();
    }

    function relight() {
      const wanted = new Set(litRows);
      lit = new Set(data.rows.map((id, r) => (wanted.has(id) ? r : -1)).filter((r) => r >= 0));
    }

    /* All of it; the first time the stretch that the page was opened for. */
    function fit() {
      [t0, t1, r0, r1] = [begin, end, 0, Math.max(nRows(), 1)];
      if (!opening || !at.length) return;
      const [from, to] = [Math.max(opening.since / 1000, begin), Math.min(opening.until / 1000, end)];
      opening = null;
      if (to - from < LEAST_MS) within(from, to);
      else [t0, t1] = [from, to];
      brushed();
    }

    function within(from, to) {
      const span = Math.min(Math.max(to - from, LEAST_MS), end - begin);
      t0 = Math.min(Math.max((from + to - span) / 2, begin), end - span);
      t1 = t0 + span;
    }

    function withinRows(from, to) {
      const span = Math.min(Math.max(to - from, 3), Math.max(nRows(), 1));
      r0 = Math.min(Math.max((from + to - span) / 2, 0), Math.max(nRows(), 1) - span);
      r1 = r0 + span;
    }

    const symbol = (t) => (t < data.looks.length ? data.looks[t] : { colour: "other", shape: "circle" });
    const pale = (r) => (lit.size || chosen.size) && !lit.has(r) && !chosen.has(r);

    /* Rows, names, ticks: what stands behind the marks. */
    function drawFrame(ctx) {
      const high = rowHeight();
      const bottom = pic.h - AXIS;
      ctx.font = `11.5px ${pic.font}`;
      ctx.textBaseline = "middle";
      for (const [some, colour, alpha] of [[lit, "caution-mark", 0.22], [chosen, "coordination", 0.16]]) {
        ctx.fillStyle = pic.colour(colour);
        ctx.globalAlpha = alpha;
        for (const r of some) if (r >= r0 - 1 && r < r1) ctx.fillRect(0, yOf(r), pic.w - RIGHT, Math.max(high, 1.5));
      }
      ctx.globalAlpha = 1;
      const most = Math.max(3, Math.floor(width() / 84));
      const ticks = P.ticks(t0, t1, most);
      ctx.fillStyle = pic.colour("grid");
      for (const { at: ms } of ticks) ctx.fillRect(Math.round(xOf(ms)), TOP, 1, bottom - TOP);
      if (high >= 9) for (let r = Math.ceil(r0); r < r1 && r < nRows(); r++) ctx.fillRect(left, Math.round(yOf(r) + high / 2), width(), 1);
      ctx.textAlign = "right";
      if (high >= 11.5) {
        for (let r = Math.floor(r0); r < r1 && r < nRows(); r++) {
          const name = data.names[r].length > 21 ? `${data.names[r].slice(0, 20)}…` : data.names[r];
          ctx.fillStyle = pic.colour(pale(r) ? "muted" : "ink");
          ctx.fillText(name, left - 10, yOf(r) + high / 2, left - 16);
        }
      } else {
        const tall = (Math.min(data.n_members, r1) - r0) * high;
        ctx.save();
        ctx.translate(18, TOP + tall / 2);
        ctx.rotate(-Math.PI / 2);
        ctx.textAlign = "center";
        ctx.fillStyle = pic.colour("muted");
        if (tall > 70) ctx.fillText(tall > 200 ? "accounts, the first to act on top" : "accounts", 0, 0);
        ctx.restore();
      }
      ctx.fillStyle = pic.colour("line");
      ctx.fillRect(left, bottom, width(), 1);
      ctx.textAlign = "center";
      let free = left - 40;
      for (const { at: ms, label, context } of ticks) {
        ctx.fillStyle = pic.colour("muted");
        ctx.fillText(label, xOf(ms), bottom + 13);
        if (!context || xOf(ms) - ctx.measureText(context).width / 2 < free) continue;
        ctx.fillStyle = pic.colour("ink");
        ctx.fillText(context, xOf(ms), bottom + 30);
        free = xOf(ms) + ctx.measureText(context).width / 2 + 12;
      }
      ctx.textAlign = "right";
      ctx.fillStyle = pic.colour("muted");
      if (free < pic.w - RIGHT - 40) ctx.fillText("time in UTC", pic.w - RIGHT, bottom + 30);
      ctx.textAlign = "left";
      if (gap()) drawDivider(ctx);
    }

    function drawDivider(ctx) {
      const y = yOf(data.n_members) - gap();
      ctx.fillStyle = pic.colour("line");
      ctx.fillRect(0, y + 5, pic.w, 1.5);
      ctx.font = `600 11.5px ${pic.font}`;
      ctx.fillStyle = pic.colour("muted");
      const n = nRows() - data.n_members;
      ctx.fillText(`For comparison: ${P.plural(n, "account")} outside all clusters, on the same targets`, left, y + 20, pic.w - left - RIGHT);
    }

    /* Shapes when there is room, pixels when there are many; the rest of the targets first. */
    function drawMarks(ctx) {
      const [first, last] = [P.lower(at, t0), P.lower(at, t1 + 1)];
      visible = 0;
      for (let i = first; i < last; i++) if (row[i] >= Math.floor(r0) && row[i] < r1) visible++;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left - 4, TOP - 2, width() + 8, height() + 4);
      ctx.clip();
      if (visible > DENSE) {
        const rows = { from: Math.floor(r0), to: r1, tops: data.rows.map((_, r) => yOf(r) - TOP), high: rowHeight() };
        const sheet = P.pixelMarks(pic, { row, target, at, first, last, rows, t0, t1, w: width(), h: height(), looks: data.looks, pale });
        ctx.drawImage(sheet, left, TOP, width(), height());
      }
      else drawShapes(ctx, first, last);
      ctx.restore();
    }

    function drawShapes(ctx, first, last) {
      const high = rowHeight();
      const r = Math.max(1.4, Math.min(high * 0.36, visible > 3000 ? 3 : 4.6));
      for (let look = data.looks.length; look >= 0; look--) {
        const t = look === data.looks.length ? -1 : look;
        const { colour, shape } = symbol(t < 0 ? Infinity : t);
        for (const faint of [true, false]) {
          ctx.beginPath();
          for (let i = first; i < last; i++) {
            if ((t < 0 ? target[i] < data.looks.length : target[i] !== t) || row[i] < Math.floor(r0) || row[i] >= r1) continue;
            if (Boolean(pale(row[i])) === faint) P.shape(ctx, shape, xOf(at[i]), yOf(row[i]) + high / 2, t < 0 ? r * 0.75 : r);
          }
          ctx.globalAlpha = faint ? 0.22 : t < 0 ? 0.6 : 0.88;
          ctx.fillStyle = pic.colour(colour);
          ctx.fill();
        }
      }
      ctx.globalAlpha = 1;
    }

    function markAt(x, y) {
      const r = rowOf(y);
      if (r < 0) return null;
      if (x < left) return { r };
      let [best, least] = [null, 6];
      const reach = rowHeight() < 4 ? Math.ceil(3 / rowHeight()) : 0;
      for (let near = Math.max(r - reach, 0); near <= Math.min(r + reach, nRows() - 1); near++) {
        for (const i of ofRow[near]) {
          const away = Math.abs(xOf(at[i]) - x) + Math.abs(near - r) * rowHeight();
          if (away < least) [best, least] = [{ r: near, i }, away];
        }
      }
      return best;
    }

    const ids = (some) => [...some].map((r) => data.rows[r]).filter((id) => id >= 0); /* below zero: unknown */
    const open = (r) => { if (r !== undefined && data.rows[r] >= 0) pic.report("opened", { what: "account", row: data.rows[r] }); };

    function told() {
      pic.redraw();
      pic.report("selection", { rows: ids(chosen), from: "raster" });
    }

    /* Report the stretch of time shown, in microseconds, and the members that act in it. */
    function brushed() {
      pic.moved = true;
      pic.redraw();
      const whole = t0 <= begin && t1 >= end;
      const who = new Set();
      if (!whole) for (let i = P.lower(at, t0); i < P.lower(at, t1); i++) if (row[i] < data.n_members) who.add(data.rows[row[i]]);
      acting = who;
      pic.report("brush", { since_us: whole ? null : Math.floor(t0) * 1000, until_us: whole ? null : Math.ceil(t1) * 1000, rows: [...who] });
    }

    const busiest = (length) => {
      const found = P.busiest(membersAt, length);
      if (found) { within(found[0], found[1]); brushed(); }
    };
    const back = () => { pic.fit(); brushed(); };
    const walk = P.walker(pic, () => data.rows.map((_, r) => ({ r })), ({ r }) => [left, yOf(r) + rowHeight() / 2]);
    let walked = null;

    return {
      load, fit,
      set(settings, highlight) {
        if (opening === undefined && settings.until) opening = settings;
        if (highlight) litRows = highlight.rows || [];
        relight();
        pic.redraw();
      },
      draw(ctx) {
        left = rowHeight() >= 11.5 ? Math.min(170, pic.w * 0.18) : 40;
        drawFrame(ctx);
        drawMarks(ctx);
      },
      bounds: () => [0, 0, 1, 1],
      pan(dx, dy) {
        const by = (dx / width()) * (t1 - t0);
        within(t0 - by, t1 - by);
        const rows = dy / rowHeight();
        withinRows(r0 - rows, r1 - rows);
      },
      zoom(factor, x, y, event) {
        if (event.ctrlKey || event.altKey) {
          const centre = r0 + (y - TOP) / rowHeight();
          withinRows(centre - (centre - r0) / factor, centre + (r1 - centre) / factor);
        } else {
          const centre = Math.min(Math.max(msOf(x), t0), t1);
          within(centre - (centre - t0) / factor, centre + (t1 - centre) / factor);
        }
      },
      at: markAt,
      lines({ r, i }) {
        const who = [data.names[r], ...(r < data.n_members ? [] : ["for comparison: outside all clusters"])];
        if (i === undefined) return [...who, P.plural(ofRow[r].length, "interaction"), "click to choose"];
        return [...who, data.targets[target[i]] || "another target", P.moment(at[i])];
      },
      hover(ctx, { r, i }) {
        ctx.strokeStyle = pic.colour("ink");
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        if (i === undefined) ctx.rect(1, yOf(r), pic.w - RIGHT, Math.max(rowHeight(), 2));
        else P.shape(ctx, "circle", xOf(at[i]), yOf(r) + rowHeight() / 2, 6);
        ctx.stroke();
      },
      cursor: (x) => (x < left ? "pointer" : "crosshair"),
      drag: (event, x) => (event.shiftKey ? "lasso" : event.pointerType === "touch" ? "pan" : x < left ? "rows" : "brush"),
      brushBox(mode, [x0, y0], [x1, y1]) {
        const clamp = (x) => Math.min(Math.max(x, left), left + width());
        return mode === "rows" ? [2, Math.min(y0, y1), pic.w - RIGHT - 2, Math.abs(y1 - y0)]
          : [Math.min(clamp(x0), clamp(x1)), TOP, Math.abs(clamp(x1) - clamp(x0)), height()];
      },
      brushed(mode, [x0, y0], [x1, y1], event) {
        if (mode === "brush") {
          within(Math.max(msOf(Math.min(x0, x1)), t0), Math.min(msOf(Math.max(x0, x1)), t1));
          return brushed();
        }
        const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
        const some = data.rows.map((_, r) => r).filter((r) => yOf(r) + rowHeight() / 2 >= top && yOf(r) + rowHeight() / 2 <= bottom);
        chosen = new Set([...(event.ctrlKey || event.metaKey ? chosen : []), ...some]);
        told();
      },
      lassoed(polygon, add) {
        const some = new Set(add ? chosen : []);
        for (let i = P.lower(at, t0); i < P.lower(at, t1 + 1); i++) if (P.inside(polygon, xOf(at[i]), yOf(row[i]) + rowHeight() / 2)) some.add(row[i]);
        chosen = some;
        told();
      },
      click(mark, event, x, y) {
        const r = mark ? mark.r : rowOf(y);
        const add = event.ctrlKey || event.metaKey;
        if (r < 0 || (!mark && x >= left && !add)) { if (chosen.size) { chosen = new Set(); told(); } return; }
        if (add && chosen.has(r)) chosen.delete(r);
        else chosen = new Set(add ? [...chosen, r] : [r]);
        told();
      },
      key(event) {
        const next = walk(event);
        if (next) { walked = next; return true; }
        const todo = {
          "Escape": () => { walked = null; if (t0 > begin || t1 < end || r1 - r0 < nRows()) back(); else { chosen = new Set(); told(); } },
          " ": () => { if (walked) { chosen = new Set([...chosen, walked.r]); told(); } },
          "Enter": () => open(walked ? walked.r : [...chosen][0]),
        }[event.key];
        if (todo) todo();
        return Boolean(todo);
      },
      can: { "open": () => chosen.size > 0 },
      acts: {
        "fit": back, "open": () => open([...chosen][0]),
        "busiest-day": () => busiest(86400000), "busiest-hour": () => busiest(3600000), "busiest-5min": () => busiest(300000),
      },
      legend() {
        const shown = data.looks.map((look, t) => ({ ...look, label: data.targets[t] }));
        if (data.targets.length > shown.length || data.n_others) shown.push({ colour: "other", shape: "circle", label: P.plural(data.n_others, "other target") });
        return shown.map(({ shape, colour, label }) => ({
          label: label.length > 40 ? `${label.slice(0, 39)}…` : label, title: label,
          draw: (ctx, w, h) => { ctx.beginPath(); P.shape(ctx, shape, w / 2, h / 2, 4.6); ctx.fillStyle = pic.colour(colour); ctx.fill(); },
        }));
      },
      status() {
        if (!at.length) return "The run kept no interactions to draw here.";
        /* the picture has some room before the first mark and after the last, which is no time of the log */
        const known = (ms) => P.moment(Math.min(Math.max(ms, at[0]), at[at.length - 1]));
        const marked = [...lit].filter((r) => !chosen.has(r));
        const here = marked.length && marked.every((r) => acting.has(data.rows[r]));
        return [
          `${P.plural(visible, "interaction")} shown, ${known(t0)} to ${known(t1)}`,
          chosen.size ? `${P.plural(chosen.size, "account")} chosen` : "",
          marked.length ? `${P.plural(marked.length, "account")} marked ${here ? "that act in this time" : "from another picture"}` : "",
        ].filter(Boolean).join("; ") + ".";
      },
      probe: () => ({ t0, t1, r0, r1, begin, end, visible, left, chosen: [...chosen].map((r) => data.rows[r]), lit: [...lit].map((r) => data.rows[r]), x: xOf, y: yOf, rowHeight: rowHeight() }),
    };
  };
})();
