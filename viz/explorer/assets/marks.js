"use strict";
/* What the pictures are made of: shapes, the grid that finds a mark, dates in words. No network. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  P.kinds = P.kinds || {};

  const ring = (n, turn, radii) => Array.from({ length: n }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / n;
    const r = radii[i % radii.length];
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
  const UP = -Math.PI / 2;
  const arm = 0.36;
  const plus = [[-arm, -1], [arm, -1], [arm, -arm], [1, -arm], [1, arm], [arm, arm], [arm, 1],
    [-arm, 1], [-arm, arm], [-1, arm], [-1, -arm], [-arm, -arm]];
  const half = Math.SQRT1_2;

  /* Outlines in a circle of radius 1, scaled so that all look equally large. */
  P.SHAPES = {
    "square": ring(4, Math.PI / 4, [1.22]),
    "diamond": ring(4, UP, [1.3]),
    "triangle-up": ring(3, UP, [1.4]),
    "triangle-down": ring(3, -UP, [1.4]),
    "pentagon": ring(5, UP, [1.16]),
    "hexagon": ring(6, 0, [1.12]),
    "star": ring(10, UP, [1.5, 0.66]),
    "star-diamond": ring(8, UP, [1.45, 0.62]),
    "cross": plus.map(([x, y]) => [1.15 * x, 1.15 * y]),
    "x": plus.map(([x, y]) => [1.15 * half * (x - y), 1.15 * half * (x + y)]),
  };

  /* Add a closed outline to the current path; anything unknown is a circle. */
  P.shape = (ctx, name, x, y, r) => {
    const outline = P.SHAPES[name];
    if (!outline) {
      ctx.moveTo(x + r, y);
      ctx.arc(x, y, r, 0, 2 * Math.PI);
      return;
    }
    ctx.moveTo(x + r * outline[0][0], y + r * outline[0][1]);
    for (let i = 1; i < outline.length; i++) ctx.lineTo(x + r * outline[i][0], y + r * outline[i][1]);
    ctx.closePath();
  };

  /* Points in square cells, so that a look under the pointer touches a few of them only. */
  P.Grid = class {
    constructor(x, y) {
      const n = x.length;
      let [x0, y0, x1, y1] = P.bounds(x, y);
      this.x = x;
      this.y = y;
      this.x0 = x0;
      this.y0 = y0;
      this.cell = Math.max(Math.sqrt(((x1 - x0) * (y1 - y0)) / Math.max(n / 2, 1)), (x1 - x0 + y1 - y0) / 400, 1e-9);
      this.columns = Math.floor((x1 - x0) / this.cell) + 1;
      this.rows = Math.floor((y1 - y0) / this.cell) + 1;
      const cells = Int32Array.from(x, (value, i) => this.of(value, y[i]));
      this.start = new Int32Array(this.columns * this.rows + 1);
      for (const cell of cells) this.start[cell + 1]++;
      for (let i = 0; i < this.start.length - 1; i++) this.start[i + 1] += this.start[i];
      const next = this.start.slice();
      this.items = new Int32Array(n);
      cells.forEach((cell, i) => { this.items[next[cell]++] = i; });
    }

    of(x, y) {
      return Math.floor((y - this.y0) / this.cell) * this.columns + Math.floor((x - this.x0) / this.cell);
    }

    /* The nearest point within `reach` for which accept(i, distance) holds, or -1. */
    nearest(x, y, reach, accept) {
      const clamp = (value, end) => Math.min(Math.max(value, 0), end - 1);
      const c0 = clamp(Math.floor((x - reach - this.x0) / this.cell), this.columns);
      const c1 = clamp(Math.floor((x + reach - this.x0) / this.cell), this.columns);
      const r0 = clamp(Math.floor((y - reach - this.y0) / this.cell), this.rows);
      const r1 = clamp(Math.floor((y + reach - this.y0) / this.cell), this.rows);
      let best = -1;
      let least = reach;
      for (let r = r0; r <= r1; r++) {
        for (let at = this.start[r * this.columns + c0]; at < this.start[r * this.columns + c1 + 1]; at++) {
          const i = this.items[at];
          const distance = Math.hypot(this.x[i] - x, this.y[i] - y);
          if (distance <= least && accept(i, distance)) [best, least] = [i, distance];
        }
      }
      return best;
    }
  };

  P.bounds = (x, y) => {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < x.length; i++) {
      if (x[i] < x0) x0 = x[i];
      if (x[i] > x1) x1 = x[i];
      if (y[i] < y0) y0 = y[i];
      if (y[i] > y1) y1 = y[i];
    }
    return x.length ? [x0, y0, x1, y1] : [0, 0, 1, 1];
  };

  /* Is a point inside a polygon? (even-odd rule) */
  P.inside = (polygon, x, y) => {
    let within = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [xi, yi] = polygon[i];
      const [xj, yj] = polygon[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
    }
    return within;
  };

  P.count = (n) => Math.round(n).toLocaleString("en-US");
  P.plural = (n, word) => `${P.count(n)} ${word}${n === 1 ? "" : "s"}`;

  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const two = (n) => String(n).padStart(2, "0");
  P.day = (ms) => `${new Date(ms).getUTCDate()} ${MONTHS[new Date(ms).getUTCMonth()]}`;
  P.year = (ms) => String(new Date(ms).getUTCFullYear());
  P.month = (ms) => MONTHS[new Date(ms).getUTCMonth()];
  P.clock = (ms, seconds) => {
    const at = new Date(ms);
    return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}` + (seconds ? `:${two(at.getUTCSeconds())}` : "");
  };
  P.moment = (ms) => `${P.day(ms)} ${P.year(ms)} ${P.clock(ms, true)} UTC`;
})();
