"use strict";
/* The time axis: round UTC ticks, the date said once below them. No network. */
(() => {
  const P = (window.cibPictures = window.cibPictures || {});
  const [S, M, H, D] = [1000, 60000, 3600000, 86400000];
  const STEPS = [S, 2 * S, 5 * S, 10 * S, 15 * S, 30 * S, M, 2 * M, 5 * M, 10 * M, 15 * M, 30 * M, H, 2 * H, 3 * H, 6 * H, 12 * H, D, 2 * D, 7 * D];
  const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];

  /* Ticks of [from, to] (ms since 1970): at most so many, each with a label and, where it is new, a
     context (the day under hours, the year under days). */
  P.ticks = (from, to, most) => {
    const step = STEPS.find((length) => (to - from) / length <= most);
    const times = [];
    if (step) {
      const zero = step === 7 * D ? 4 * D : 0; /* weeks begin on Mondays; 1970-01-05 was one */
      for (let at = Math.ceil((from - zero) / step) * step + zero; at <= to; at += step) times.push(at);
    } else {
      const months = MONTHS.find((n) => (to - from) / (n * 30.4 * D) <= most) || 240;
      const start = new Date(from);
      let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + (start.getUTCDate() > 1)) / months) * months;
      for (;; month += months) {
        const at = new Date(0);
        at.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
        if (at.getTime() > to) break;
        if (at.getTime() >= from) times.push(at.getTime());
      }
    }
    let said = "";
    return times.map((at) => {
      const fine = step && step < D;
      const label = fine ? P.clock(at, step < M) : step ? P.day(at) : P.month(at);
      const context = fine ? `${P.day(at)} ${P.year(at)}` : P.year(at);
      const fresh = context !== said;
      said = context;
      return { at, label, context: fresh ? context : "" };
    });
  };

  /* The stretch of a given length (ms) that holds most of the sorted times, centred on them. */
  P.busiest = (sorted, length) => {
    let [best, most, last] = [0, 0, 0];
    for (let first = 0; first < sorted.length; first++) {
      while (last < sorted.length && sorted[last] <= sorted[first] + length) last++;
      if (last - first > most) [best, most] = [first, last - first];
    }
    if (!most) return null;
    const middle = (sorted[best] + sorted[best + most - 1]) / 2;
    return [middle - length / 2, middle + length / 2, most];
  };
})();
