"use strict";
/* Pointer, wheel, touch and keys of a picture, as moves of its view and news to its kind.
   A kind may offer: at(x, y) → mark or null · lines(mark) · hover(ctx, mark) · click(mark, event, x, y) ·
   opened(mark) · drag(event, x, y) → "pan" | "lasso" | "brush" | "rows" · lassoed(polygon, add) ·
   brushed(mode, box, event) · key(event) → true when it was for the picture. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  const STILL = 4; /* pixels within which a press is a click */

  P.gestures = (pic) => {
    const { el, kind } = pic;
    const ended = new AbortController();
    const on = (type, act, options = {}) => el.addEventListener(type, act, { signal: ended.signal, ...options });
    const touches = new Map();
    let drag = null;
    let pinch = null;
    let looking = 0;

    const place = (event) => {
      const box = el.getBoundingClientRect();
      return [event.clientX - box.left - el.clientLeft, event.clientY - box.top - el.clientTop];
    };

    const look = (x, y) => {
      const mark = kind.at(x, y);
      const ctx = pic.clearOverlay();
      if (mark !== null && kind.hover) kind.hover(ctx, mark);
      pic.say(mark === null ? [] : kind.lines(mark), x, y);
      el.style.cursor = mark !== null ? "pointer" : kind.cursor ? kind.cursor(x, y) : "grab";
    };

    on("pointerdown", (event) => {
      if (event.button) return;
      el.focus({ preventScroll: true });
      const [x, y] = place(event);
      touches.set(event.pointerId, [x, y]);
      el.setPointerCapture(event.pointerId); /* the drag goes on outside the picture */
      if (touches.size === 2) {
        drag = null;
        const [[ax, ay], [bx, by]] = [...touches.values()];
        pinch = { gap: Math.hypot(ax - bx, ay - by), x: (ax + bx) / 2, y: (ay + by) / 2 };
        return;
      }
      const fallback = event.shiftKey ? "lasso" : "pan";
      drag = { mode: kind.drag ? kind.drag(event, x, y) : fallback, x, y, from: [x, y], path: [[x, y]], still: true };
    });

    on("pointermove", (event) => {
      const [x, y] = place(event);
      if (touches.has(event.pointerId)) touches.set(event.pointerId, [x, y]);
      if (pinch && touches.size === 2) {
        const [[ax, ay], [bx, by]] = [...touches.values()];
        const [gap, mx, my] = [Math.hypot(ax - bx, ay - by), (ax + bx) / 2, (ay + by) / 2];
        pic.pan(mx - pinch.x, my - pinch.y);
        pic.zoom(gap / Math.max(pinch.gap, 1), mx, my);
        pinch = { gap, x: mx, y: my };
        return;
      }
      if (!drag) {
        cancelAnimationFrame(looking);
        looking = requestAnimationFrame(() => { if (!pic.closed) look(x, y); });
        return;
      }
      if (drag.still && Math.hypot(x - drag.from[0], y - drag.from[1]) < STILL) return;
      drag.still = false;
      pic.say([]);
      if (drag.mode === "pan") {
        el.style.cursor = "grabbing";
        pic.pan(x - drag.x, y - drag.y);
      } else {
        drag.path.push([x, y]);
        trace(drag, x, y);
      }
      [drag.x, drag.y] = [x, y];
    });

    /* Show the lasso or the brush while it is drawn. */
    function trace({ mode, path, from }, x, y) {
      const ctx = pic.clearOverlay();
      ctx.strokeStyle = pic.colour("coordination");
      ctx.fillStyle = pic.colour("coordination");
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      if (mode === "lasso") path.forEach(([px, py], i) => (i ? ctx.lineTo(px, py) : ctx.moveTo(px, py)));
      else ctx.rect(...kind.brushBox(mode, from, [x, y]));
      ctx.closePath();
      ctx.globalAlpha = 0.12;
      ctx.fill();
      ctx.globalAlpha = 1;
      ctx.stroke();
    }

    const release = (event) => {
      touches.delete(event.pointerId);
      if (touches.size < 2) pinch = null;
      const was = drag;
      drag = null;
      if (!was || event.type === "pointercancel") return pic.clearOverlay();
      const [x, y] = place(event);
      if (was.still) kind.click(kind.at(x, y), event, x, y);
      else if (was.mode === "lasso") kind.lassoed(was.path, event.ctrlKey || event.metaKey);
      else if (was.mode !== "pan") kind.brushed(was.mode, was.from, [x, y], event);
      pic.clearOverlay();
      el.style.cursor = "";
    };
    on("pointerup", release);
    on("pointercancel", release);
    on("pointerleave", () => { if (!drag) { cancelAnimationFrame(looking); pic.say([]); pic.clearOverlay(); } });
    on("dblclick", (event) => {
      const [x, y] = place(event);
      const mark = kind.at(x, y);
      if (mark !== null && kind.opened) kind.opened(mark);
      else pic.act("fit");
    });
    on("wheel", (event) => {
      if (document.activeElement !== el && !event.ctrlKey) return; /* the page scrolls past */
      event.preventDefault();
      const step = event.deltaMode ? 30 : 1;
      pic.zoom(Math.exp(-0.0018 * step * Math.max(-240, Math.min(240, event.deltaY))), ...place(event), event);
    }, { passive: false });

    const MOVES = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    on("keydown", (event) => {
      if (event.target !== el || event.altKey || event.ctrlKey || event.metaKey) return;
      const acts = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", "_": "zoom-out", "0": "fit" };
      const known = (kind.key && kind.key(event)) || (MOVES[event.key] && (pic.pan(...MOVES[event.key]), true)) ||
        (acts[event.key] && pic.act(acts[event.key]));
      if (!known) return;
      event.preventDefault();
      event.stopPropagation();
    });
    on("blur", () => { pic.say([]); pic.clearOverlay(); });
    return () => ended.abort();
  };

  /* Going through marks by keyboard: n and p walk in a given order, the picture shows where. */
  P.walker = (pic, order, where) => {
    let at = -1;
    return (event) => {
      if (event.key !== "n" && event.key !== "p") return null;
      const marks = order();
      if (!marks.length) return null;
      at = (at + (event.key === "n" ? 1 : -1) + (at < 0 && event.key === "p" ? 1 : 0) + marks.length) % marks.length;
      const [x, y] = where(marks[at]);
      if (x < 0 || y < 0 || x > pic.w || y > pic.h) {
        pic.pan(pic.w / 2 - x, pic.h / 2 - y);
        pic.draw();
      }
      const [sx, sy] = where(marks[at]);
      const ctx = pic.clearOverlay();
      if (pic.kind.hover) pic.kind.hover(ctx, marks[at]);
      const lines = pic.kind.lines(marks[at]);
      pic.say(lines, sx, sy);
      const status = document.getElementById(`${pic.prefix}-status`);
      if (status) status.textContent = lines.join(", "); /* read out by screen readers */
      return marks[at];
    };
  };
})();
