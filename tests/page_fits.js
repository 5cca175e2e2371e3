/* What lies outside of the window, and words of controls that are cut. */
const wide = innerWidth;
const found = [];
const SCROLLING = ["auto", "scroll"];
const HIDING = ["hidden", "clip"];
const CONTROLS = "a, button, input, textarea, select, summary, label, [tabindex]";
const WORDS = `label, label > span, legend, button, summary, h1, h2, h3, .picture-field,
  .picture-words, .gauge *, .contents a, nav.top *, .dash-dropdown-value`;
const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  && !one.closest(".ag-root-wrapper, .skip, .unseen"); // grids scroll; .skip shows on focus
const told = (one) => `${one.tagName}#${one.id}.${one.className} ${(one.innerText || "").slice(0, 30)}`;

/* What an element may take of the window; null when it can be scrolled to. */
function room(one) {
  let [left, right] = [0, wide];
  for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
    const how = getComputedStyle(up).overflowX;
    if (SCROLLING.includes(how) && up.scrollWidth > up.clientWidth) return null;
    if (!HIDING.includes(how)) continue;
    const around = up.getBoundingClientRect();
    if (around.width < 2) return null; // hidden on purpose
    [left, right] = [Math.max(left, around.left), Math.min(right, around.right)];
  }
  return [left, right];
}

/* How wide the words in an empty field would be. */
function hint(one) {
  const ctx = document.createElement("canvas").getContext("2d");
  ctx.font = getComputedStyle(one).font;
  return ctx.measureText(one.placeholder).width;
}

const page = document.documentElement.scrollWidth;
if (page > wide) found.push(`the page is ${page} wide`);
for (const one of document.querySelectorAll(CONTROLS)) {
  const box = one.getBoundingClientRect();
  if (!shown(one) || !box.width || !box.height) continue;
  const free = room(one);
  if (free && (box.left < free[0] - 1 || box.right > free[1] + 1)) found.push(`outside: ${told(one)}`);
}
for (const one of document.querySelectorAll(WORDS)) {
  if (!shown(one) || one.clientWidth < 2 || getComputedStyle(one).overflowX === "visible") continue;
  if (one.scrollWidth > one.clientWidth + 1) found.push(`cut: ${told(one)}`);
}
for (const one of document.querySelectorAll("input[placeholder]")) {
  const style = getComputedStyle(one);
  const free = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  if (shown(one) && hint(one) > free + 1) found.push(`cut: ${told(one)} ${one.placeholder}`);
}
return [...new Set(found)];
