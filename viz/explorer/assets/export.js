"use strict";
/* A picture as a PNG: drawn anew at twice its size, with legend and words below. No network. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  const [SCALE, SIDE, LINE] = [2, 14, 21];

  /* Where each entry of the legend stands: rows of what fits beside each other. */
  function placed(ctx, entries, width) {
    let [x, y] = [SIDE, 0];
    return entries.map((entry) => {
      const mark = entry.line || entry.scale ? 30 : 16;
      const wide = mark + 6 + ctx.measureText(entry.label).width;
      if (x > SIDE && x + wide > width - SIDE) [x, y] = [SIDE, y + LINE];
      const at = { entry, mark, x, y };
      x += wide + 18;
      return at;
    });
  }

  P.png = (pic) => {
    const canvas = document.createElement("canvas");
    const ctx = canvas.getContext("2d");
    const font = `12.5px ${pic.font}`;
    ctx.font = font;
    const legend = placed(ctx, pic.kind.legend(), pic.w);
    const words = [pic.payload.title, pic.kind.status(), pic.payload.note].filter(Boolean);
    const legendHigh = legend.length ? legend[legend.length - 1].y + LINE : 0;
    canvas.width = pic.w * SCALE;
    canvas.height = (pic.h + 12 + legendHigh + LINE * words.length + 8) * SCALE;
    ctx.scale(SCALE, SCALE);
    ctx.fillStyle = pic.colour("card");
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    const ratio = pic.ratio;
    pic.ratio = SCALE; /* marks drawn as pixels follow it */
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, pic.w, pic.h);
    ctx.clip();
    pic.kind.draw(ctx);
    ctx.restore();
    pic.ratio = ratio;
    ctx.globalAlpha = 1;
    ctx.font = font;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const { entry, mark, x, y } of legend) {
      ctx.save();
      ctx.translate(x, pic.h + 12 + y);
      entry.draw(ctx, mark, 16);
      ctx.restore();
      ctx.fillStyle = pic.colour("ink");
      ctx.fillText(entry.label, x + mark + 6, pic.h + 12 + y + 8);
    }
    words.forEach((line, i) => {
      ctx.fillStyle = pic.colour(i ? "muted" : "ink");
      ctx.fillText(line, SIDE, pic.h + 12 + legendHigh + LINE * i + 8, pic.w - 2 * SIDE);
    });
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  P.save = async (pic) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await P.png(pic));
    link.download = `${(pic.payload && pic.payload.file) || pic.prefix}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
})();
