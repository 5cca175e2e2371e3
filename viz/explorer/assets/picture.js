"use strict";
/* One canvas picture: its size, colours, view, tooltip, legend, status and export. No network.
   A kind (network.js, raster.js, map.js) says what is drawn; gestures.js says how it is moved. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  const open = new Map(); /* id of the element → its picture */
  const SLOW_MS = 14; /* a drawing slower than this is moved as an image first */

  P.Picture = class {
    constructor(el, kind) {
      this.el = el;
      this.prefix = el.id.replace(/-picture$/, "");
      this.w = this.h = 1;
      this.view = { k: 1, x: 0, y: 0 };
      this.cache = {};
      this.drawnIn = 0;
      this.reports = 0;
      this.canvas = document.createElement("canvas");
      this.overlay = document.createElement("canvas");
      this.overlay.className = "picture-overlay";
      this.tip = document.createElement("div");
      this.tip.className = "picture-tip";
      this.tip.hidden = true;
      el.replaceChildren(this.canvas, this.overlay, this.tip);
      this.kind = P.kinds[kind](this);
      this.stop = P.gestures(this);
      this.sized = new ResizeObserver(() => this.resize());
      this.sized.observe(el);
      this.resize();
    }

    close() {
      this.closed = true;
      this.sized.disconnect();
      this.stop();
    }

    /* Colours are CSS custom properties, so that the page's theme is the picture's. */
    colour(name) {
      if (!(name in this.cache)) {
        this.cache[name] = getComputedStyle(this.el).getPropertyValue(`--${name}`).trim() || "#888888";
      }
      return this.cache[name];
    }

    get font() { return getComputedStyle(this.el).fontFamily; }

    recolour() {
      this.cache = {};
      this.redraw();
      this.drawLegend();
    }

    resize() {
      const { clientWidth: w, clientHeight: h } = this.el;
      const ratio = window.devicePixelRatio || 1;
      if (!w || !h || (w === this.w && h === this.h && ratio === this.ratio)) return;
      const first = this.w <= 1;
      [this.w, this.h, this.ratio] = [w, h, ratio];
      for (const canvas of [this.canvas, this.overlay]) {
        canvas.width = Math.round(w * ratio);
        canvas.height = Math.round(h * ratio);
      }
      if (first || !this.moved) this.fit();
      this.draw();
    }

    load(payload) {
      const same = this.payload !== undefined;
      this.payload = payload;
      this.kind.load(payload || {});
      if (!same || !this.moved || !this.kind.keepsView) this.fit();
      this.redraw();
      this.drawLegend();
    }

    /* The view: screen = world * k + (x, y). A kind with axes has its own. */
    fit() {
      this.moved = false;
      if (this.kind.fit) this.kind.fit();
      else {
        const [x0, y0, x1, y1] = this.kind.bounds();
        const room = 28;
        const k = Math.min((this.w - 2 * room) / Math.max(x1 - x0, 1e-9), (this.h - 2 * room) / Math.max(y1 - y0, 1e-9));
        this.view = { k, x: this.w / 2 - (k * (x0 + x1)) / 2, y: this.h / 2 - (k * (y0 + y1)) / 2 };
        this.fitted = k;
      }
      this.redraw();
    }

    pan(dx, dy) {
      this.moved = true;
      if (this.kind.pan) this.kind.pan(dx, dy);
      else [this.view.x, this.view.y] = [this.view.x + dx, this.view.y + dy];
      this.move();
    }

    zoom(factor, x = this.w / 2, y = this.h / 2, event = {}) {
      this.moved = true;
      if (this.kind.zoom) this.kind.zoom(factor, x, y, event);
      else {
        const k = Math.min(Math.max(this.view.k * factor, this.fitted / 4), this.fitted * 200);
        const by = k / this.view.k;
        this.view = { k, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by };
      }
      this.move();
    }

    /* Draw soon. While a slow picture is moved, its last image moves and is drawn when it rests. */
    move() {
      this.say([]);
      if (this.drawnIn < SLOW_MS || this.kind.zoom) return this.redraw();
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.redraw(), 140);
      if (!this.image) {
        this.image = document.createElement("canvas");
        [this.image.width, this.image.height] = [this.canvas.width, this.canvas.height];
        this.image.getContext("2d").drawImage(this.canvas, 0, 0);
        this.imageView = this.drawnView;
      }
      const by = this.view.k / this.imageView.k;
      const ctx = this.canvas.getContext("2d");
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.w, this.h);
      ctx.drawImage(this.image, this.view.x - this.imageView.x * by, this.view.y - this.imageView.y * by, this.w * by, this.h * by);
      this.clearOverlay();
    }

    redraw() {
      this.offer();
      if (this.waiting || this.closed) return;
      this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
    }

    draw() {
      if (this.closed || this.payload === undefined || this.w <= 1) return;
      const began = performance.now();
      const ctx = this.canvas.getContext("2d");
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.w, this.h);
      this.kind.draw(ctx);
      this.drawnIn = performance.now() - began;
      this.image = null;
      this.drawnView = { ...this.view };
      this.clearOverlay();
      const status = document.getElementById(`${this.prefix}-status`);
      const text = this.kind.status();
      if (status && status.textContent !== text) status.textContent = text;
      this.el.dataset.drawn = String((Number(this.el.dataset.drawn) || 0) + 1);
      this.el.dataset.drawnMs = this.drawnIn.toFixed(1);
    }

    /* The upper canvas: what comes and goes with the pointer. Returned cleared. */
    clearOverlay() {
      const ctx = this.overlay.getContext("2d");
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.w, this.h);
      return ctx;
    }

    /* The tooltip: lines of text, never markup; none hides it. */
    say(lines, x = 0, y = 0) {
      this.tip.hidden = !lines.length;
      if (!lines.length) return;
      this.tip.replaceChildren(...lines.map((line, i) => {
        const part = document.createElement(i ? "div" : "b");
        part.dir = "ltr";
        part.textContent = line;
        return part;
      }));
      const { offsetWidth: w, offsetHeight: h } = this.tip;
      this.tip.style.left = `${Math.max(4, x + 16 + w > this.w ? x - w - 12 : x + 16)}px`;
      this.tip.style.top = `${Math.max(4, Math.min(y + 12, this.h - h - 4))}px`;
    }

    /* The legend under the picture: a shape or line beside every word. */
    drawLegend() {
      const box = document.getElementById(`${this.prefix}-legend`);
      if (!box || this.payload === undefined) return;
      box.replaceChildren(...this.kind.legend().map((entry) => {
        const item = document.createElement("span");
        const key = document.createElement("canvas");
        const ratio = this.ratio || 1;
        const [w, h] = [entry.line || entry.scale ? 30 : 16, 16];
        [key.width, key.height] = [w * ratio, h * ratio];
        key.style.width = `${w}px`;
        key.style.height = `${h}px`;
        const ctx = key.getContext("2d");
        ctx.scale(ratio, ratio);
        entry.draw(ctx, w, h);
        const word = document.createElement("bdi");
        word.textContent = entry.label;
        item.append(key, word);
        if (entry.title) item.title = entry.title;
        return item;
      }));
    }

    /* Tell the page: into the store prefix-part, numbered so that the same news counts twice. */
    report(part, data) {
      const id = `${this.prefix}-${part}`;
      const news = { ...data, n: ++this.reports, at: Date.now() };
      this.el.dispatchEvent(new CustomEvent("cib-report", { detail: { part, data: news }, bubbles: true }));
      if (window.dash_clientside && window.dash_clientside.set_props && document.getElementById(this.el.id)) {
        window.dash_clientside.set_props(id, { data: news });
      }
    }

    /* Buttons rest while there is nothing that they could act on. */
    offer() {
      for (const [act, possible] of Object.entries(this.kind.can || {})) {
        const button = document.querySelector(`[data-picture="${this.prefix}"][data-act="${act}"]`);
        if (button) button.disabled = !possible();
      }
    }

    /* What a button (data-act) or a key asks for. */
    act(name) {
      const shared = {
        "fit": () => this.fit(),
        "zoom-in": () => this.zoom(1.4),
        "zoom-out": () => this.zoom(1 / 1.4),
        "png": () => P.save(this),
      };
      const todo = (this.kind.acts || {})[name] || shared[name];
      if (todo) todo();
      return Boolean(todo);
    }
  };

  /* The picture in an element, made when there is none; a picture whose element has gone ends. */
  P.open = (el, kind) => {
    const known = open.get(el.id);
    if (known && known.el === el) return known;
    if (known) known.close();
    const picture = new P.Picture(el, kind);
    open.set(el.id, picture);
    return picture;
  };
  P.of = (prefix) => open.get(`${prefix}-picture`);
  P.tidy = () => open.forEach((picture, id) => {
    if (picture.el.isConnected) return;
    picture.close();
    open.delete(id);
  });

  const recolour = () => open.forEach((picture) => picture.recolour());
  new MutationObserver(recolour).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
})();
