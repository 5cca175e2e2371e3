"use strict";
/* Marks as pixels, for rasters with tens of thousands of them. No network. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});

  /* The first place in a sorted list whose value is not below the given one. */
  P.lower = (sorted, value) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /* A colour (#rrggbb) as the number that ImageData holds (little-endian: ABGR), without alpha. */
  const packed = (colour) => {
    const value = parseInt(colour.replace("#", ""), 16) || 0x888888;
    return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
  };

  /* A canvas with the marks first to last: unnamed targets below, named ones above. */
  P.pixelMarks = (pic, { row, target, at, first, last, rows, t0, t1, w, h, looks, pale }) => {
    const ratio = pic.ratio;
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [Math.ceil(w * ratio), Math.ceil(h * ratio)];
    const ctx = sheet.getContext("2d");
    const image = ctx.createImageData(sheet.width, sheet.height);
    const pixels = new Uint32Array(image.data.buffer);
    const other = looks.length;
    const inks = [...looks.map((look) => packed(pic.colour(look.colour))), packed(pic.colour("other"))];
    const thick = Math.max(2, Math.round(1.6 * ratio));
    const tall = Math.max(1, Math.round(rows.high * ratio * 0.8));
    const tops = rows.tops.map((top) => Math.round(top * ratio));
    const faint = Uint8Array.from(rows.tops, (_, r) => (pale(r) ? 1 : 0));
    const scale = (sheet.width - thick) / (t1 - t0);
    for (const below of [true, false]) {
      for (let i = first; i < last; i++) {
        const r = row[i];
        if (target[i] >= other !== below || r < rows.from || r >= rows.to) continue;
        const alpha = faint[r] ? 0x38 : below ? 0xa0 : 0xe6;
        const ink = ((alpha << 24) | inks[Math.min(target[i], other)]) >>> 0;
        const x = ((at[i] - t0) * scale) | 0;
        for (let y = Math.max(tops[r], 0); y < Math.min(tops[r] + tall, sheet.height); y++) {
          for (let left = x; left < x + thick; left++) pixels[y * sheet.width + left] = ink;
        }
      }
    }
    ctx.putImageData(image, 0, 0);
    return sheet;
  };
})();
