/* How many texts a page shows, and which stand out too little from what lies behind them. */
const found = {};
let n = 0;
const ENOUGH = 4.5, ENOUGH_LARGE = 3; // WCAG 2.2, 1.4.3, level AA

const parts = (text) => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  const whole = text.startsWith("color(srgb") ? 255 : 1;
  return [r * whole, g * whole, b * whole, a];
};
const over = ([r, g, b, a], [R, G, B]) =>
  [[r, R], [g, G], [b, B]].map(([top, below]) => top * a + below * (1 - a)).concat(1);
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) =>
  0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
function ratio(a, b) {
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/* The colour of a text and of what lies behind it; what is see-through fades both. */
function seen(el) {
  const chain = [];
  for (let up = el; up; up = up.parentElement) chain.unshift(up);
  let [back, below, opacity] = [[255, 255, 255, 1], [255, 255, 255, 1], 1];
  for (const one of chain) {
    const style = getComputedStyle(one);
    if (style.opacity !== "1" && opacity === 1) below = back;
    opacity *= Number(style.opacity);
    if (!(one instanceof SVGElement)) back = over(parts(style.backgroundColor), back);
  }
  const style = getComputedStyle(el);
  const text = parts(el instanceof SVGElement ? style.fill : style.color);
  if (el instanceof SVGElement) text[3] *= Number(style.fillOpacity);
  const faded = (colour) => over([...colour.slice(0, 3), opacity], below);
  return [faded(over(text, back)), faded(back)];
}

function judge(el, text, back, words) {
  n += 1;
  const style = getComputedStyle(el);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const got = ratio(text, back);
  if (got >= (large ? ENOUGH_LARGE : ENOUGH)) return;
  const where = `${el.tagName}.${el.className.baseVal ?? el.className}#${el.id} ${words.slice(0, 30)}`;
  found[where] = `${got.toFixed(2)}: ${text.map(Math.round)} on ${back.map(Math.round)}`;
}

const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  const el = node.parentElement;
  if (!node.data.trim() || el.closest("script, style, footer[hidden], .skip, .unseen")) continue;
  if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
  if (el.closest(":disabled, [aria-disabled=true]")) continue; // what is inactive may be faint
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width && box.height) judge(el, ...seen(el), node.data.trim());
}
for (const one of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
  if (!one.checkVisibility() || one.value) continue;
  const style = getComputedStyle(one, "::placeholder");
  const ink = parts(style.color);
  ink[3] *= Number(style.opacity);
  const back = seen(one)[1];
  judge(one, over(ink, back), back, one.placeholder);
}
return [n, found];
