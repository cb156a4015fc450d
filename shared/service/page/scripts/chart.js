/* Drawings as SVG, described in words for those who don't see them. */

import { el, styled, svg } from "./elements.js";
import { format, signed, ticks } from "./numbers.js";

/* Fewer units across on a phone, so that letters stay as large as the text beside them. */
const NARROW = innerWidth < 560;
const WIDTH = NARROW ? 330 : 540;
const HEIGHT = 280;
const EDGE = { left: 44, right: 10, top: 26, bottom: 30 };

const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
const path = (points) => points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
const text = (x, y, anchor, said) => svg("text", { x, y, "text-anchor": anchor }, said);

const LETTER = 6.6;

/* Labels of steps below the chart, the first ones first, as far as none stands on another. */
const labelsOf = (steps, last, first, x, moment) => {
  const labels = [];
  for (const step of steps) {
    const anchor = step === last ? "end" : step === first ? "start" : "middle";
    const [place, said] = [x(step), moment(step)];
    const left = place - { end: 1, start: 0, middle: 0.5 }[anchor] * LETTER * said.length;
    const right = left + LETTER * said.length;
    if (labels.every((other) => right + LETTER < other.left || other.right + LETTER < left)) labels.push({ place, anchor, said, left, right });
  }
  return labels;
};

/* Past values, and the forecast with its band. `moment(step)` names a step; 0 is the last observed. */
export const forecastChart = ({ past, middle, low, high, moment, unit, said }) => {
  const all = [...past, ...middle, ...low, ...high].filter(Number.isFinite);
  const marks = ticks(Math.min(...all), Math.max(...all));
  const x = scale(1 - past.length, middle.length, EDGE.left, WIDTH - EDGE.right);
  const y = scale(marks[0], marks.at(-1), HEIGHT - EDGE.bottom, EDGE.top);
  const ahead = (values) => values.map((value, index) => [x(index + 1), y(value)]);
  const band = path([...ahead(high), ...ahead(low).reverse()]);
  const joined = past.length ? [[x(0), y(past.at(-1))], ...ahead(middle)] : ahead(middle);
  const shown = labelsOf([middle.length, 1 - past.length, 0, Math.round((1 - past.length) / 2)], middle.length, 1 - past.length, x, moment);
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    ...marks.flatMap((mark) => [svg("line", { class: "grid", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(mark), y2: y(mark) }), text(EDGE.left - 8, y(mark) + 4, "end", format(mark, 4))]),
    unit ? text(EDGE.left - 8, 11, "end", unit) : null,
    svg("path", { class: "band", d: `${band}Z` }),
    svg("line", { class: "now", x1: x(0), x2: x(0), y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
    past.length ? svg("path", { class: "past", d: path(past.map((value, index) => [x(index + 1 - past.length), y(value)])) }) : null,
    svg("path", { class: "middle", d: path(joined) }),
    ...shown.map(({ place, anchor, said: label }) => text(place, HEIGHT - EDGE.bottom + 20, anchor, label)));
};

const fillOf = (value, most) => ({ class: value >= 0 ? "tile for" : "tile against", "fill-opacity": (0.85 * Math.abs(value) / (most || 1)).toFixed(3) });
const title = (name, value) => svg("title", {}, `${name}: ${signed(value)}`);

const LABELS = 92;

/* Bands of a sound, lowest below, over stretches of time. */
export const tilesChart = ({ bands, edges, values, wave, said }) => {
  const most = Math.max(...values.map(Math.abs));
  const end = Math.max(edges.at(-1), wave ? wave.samples.length / wave.rate : 0);
  const top = wave ? 60 : 8;
  const x = scale(0, end, LABELS, WIDTH - EDGE.right);
  const row = (HEIGHT - EDGE.bottom - top) / bands.length;
  const stretches = edges.length - 1;
  const tiles = values.map((value, index) => {
    const [band, stretch] = [Math.floor(index / stretches), index % stretches];
    const [from, to] = [x(edges[stretch]), x(edges[stretch + 1])];
    const name = `${bands[band]}, ${edges[stretch].toFixed(2)} to ${edges[stretch + 1].toFixed(2)} s`;
    return svg("rect", { ...fillOf(value, most), x: from, width: to - from, y: top + (bands.length - 1 - band) * row, height: row }, title(name, value));
  });
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    wave ? waveOf(wave, x) : null, ...tiles,
    ...bands.map((name, band) => text(LABELS - 6, top + (bands.length - 0.5 - band) * row + 4, "end", name)),
    ...ticks(0, end, 5).filter((mark) => mark <= end).map((mark) => text(x(mark), HEIGHT - EDGE.bottom + 20, "middle", `${format(mark)} s`)));
};

const COLUMNS = 400;

const waveOf = ({ samples, rate }, x) => {
  const length = Math.max(1, Math.floor(samples.length / COLUMNS));
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-6);
  const lines = Array.from({ length: Math.floor(samples.length / length) }, (_, column) => {
    const part = samples.subarray(column * length, (column + 1) * length);
    const peak = (24 * part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)) / loudest;
    const place = x((column * length) / rate).toFixed(1);
    return `M${place} ${(30 - peak).toFixed(1)}V${(30 + peak).toFixed(1)}`;
  });
  return svg("path", { class: "past", d: lines.join("") });
};

/* Cells in reading order, laid over the image that they are of. */
export const gridOver = (url, rows, columns, names, values, said) => {
  const most = Math.max(...values.map(Math.abs));
  const cells = values.map((value, index) => svg("rect", { ...fillOf(0.8 * value, most), x: index % columns, y: Math.floor(index / columns), width: 1, height: 1 }, title(names[index], value)));
  const grid = svg("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", role: "img", "aria-label": said }, ...cells);
  return el("div", { class: "overlay" }, el("img", { src: url, alt: "" }), grid);
};

/* Shares from 0 to 1, a line each. */
export const shareBars = (entries) =>
  el("ul", { class: "bars" }, ...entries.map(({ name, value, said, inSet }) =>
    el("li", { class: inSet ? "in-set" : null }, el("span", { class: "name" }, name),
      el("span", { class: "track", "aria-hidden": "true" }, styled(el("span", { class: "bar" }), { width: `${100 * value}%`, left: "0" })),
      el("span", { class: "value" }, said, inSet ? el("span", { class: "unseen" }, ", in the set") : null))));

/* What speaks for and against, largest first, around a line in the middle. */
export const signedBars = (entries, shown = 10) => {
  const spoken = entries.filter(({ value }) => value !== 0);
  const sorted = (spoken.length ? spoken : [...entries]).sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  const rest = sorted.slice(shown);
  const lines = sorted.slice(0, shown);
  if (rest.length) lines.push({ name: `${rest.length} others together`, value: rest.reduce((sum, one) => sum + one.value, 0) });
  const most = Math.max(...lines.map(({ value }) => Math.abs(value)), 1e-12);
  return el("ul", { class: "bars signed" }, ...lines.map(({ name, value }) => {
    const width = (50 * Math.abs(value)) / most;
    const bar = styled(el("span", { class: `bar ${value >= 0 ? "for" : "against"}` }), { width: `${width}%`, left: `${value >= 0 ? 50 : 50 - width}%` });
    return el("li", {}, el("span", { class: "name" }, name), el("span", { class: "track", "aria-hidden": "true" }, bar), el("span", { class: "value" }, signed(value)));
  }));
};
