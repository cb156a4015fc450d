/* What spoke for the answer, and what against it. */

import { momentOf } from "./answer.js";
import { gridOver, signedBars, tilesChart } from "./chart.js";
import { el, field, fold, key, styled } from "./elements.js";
import { format, signed, withUnit } from "./numbers.js";

const CELL = /^row (\d+), column (\d+)$/;
const TILE = /^(.+), stretch (\d+)$/;
const LARGE_GAP = 0.1;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;

const named = (names, values) => values.map((value, index) => ({ name: names[index] ?? `segment ${index + 1}`, value }));

/* Words in a row, pieces of words joined again, each in the colour of what it speaks for. */
const words = (tokens, values) => {
  const count = tokens.findLastIndex((token) => token !== "") + 1;
  const most = Math.max(...values.slice(0, count).map(Math.abs), 1e-12);
  const marks = tokens.slice(0, count).flatMap((token, index) => {
    const value = values[index];
    const isPiece = token.startsWith("##");
    const mark = el("mark", { title: signed(value) }, isPiece ? token.slice(2) : token);
    styled(mark, { "background-color": `rgb(var(--${value >= 0 ? "for" : "against"}-rgb) / ${((0.55 * Math.abs(value)) / most).toFixed(3)})` });
    return index && !isPiece ? [" ", mark] : [mark];
  });
  return [el("p", { class: "words" }, ...marks), fold("Words by weight", signedBars(named(tokens, values.slice(0, count)), 20))];
};

const cells = (names, values, shown, answer) => {
  const places = names.map((name) => CELL.exec(name));
  const rows = Math.max(...places.map(([, row]) => Number(row)));
  const over = gridOver(shown.url, rows, names.length / rows, names, values, `Which parts of the image speak for ${answer}; the numbers are below.`);
  return [over, fold("Cells by weight", signedBars(named(names, values), 12))];
};

const tiles = (names, values, given, shown, answer) => {
  const bands = [...new Set(names.map((name) => TILE.exec(name)[1]))];
  const said = `Which bands and moments of the sound speak for ${answer}; the numbers are below.`;
  return [tilesChart({ bands, edges: given.stretch_seconds, values, wave: shown.wave, said }), fold("Tiles by weight", signedBars(named(names, values), 12))];
};

const lead = (from, to, unit, what) => el("p", { class: "hint" }, `At the baseline, ${withUnit(format(from), unit)}; here, ${withUnit(format(to), unit)}. Each ${what} adds its part of the difference.`);

const gapNotice = (gap, difference) => {
  if (Math.abs(gap) <= LARGE_GAP * Math.abs(difference) || Math.abs(gap) < 1e-3) return [];
  return [el("p", { class: "notice" }, `Do not read these numbers: they miss ${format(gap)} of a difference of ${format(difference)}.`)];
};

const ofClass = (model, answer, given, shown) => {
  const { segments } = model.explained;
  const values = given.attributions;
  const name = answer.class_name;
  const drawn = () => {
    if (given.tokens) return words(given.tokens, values);
    if (shown.url && segments.every((one) => CELL.test(one))) return cells(segments, values, shown, name);
    if (given.stretch_seconds && segments.every((one) => TILE.test(one))) return tiles(segments, values, given, shown, name);
    return [signedBars(named(segments, values))];
  };
  const what = { text: "word", image: "cell", sound: "tile" }[model.kind] ?? "part";
  return [lead(given.baseline_value, given.explained_value, model.explained.unit, what),
    key([["for", `speaks for ${name}`], ["against", "against it"]]), ...drawn(),
    ...gapNotice(given.completeness_gap, given.explained_value - given.baseline_value)];
};

const ofForecast = (model, given, shown) => {
  const { target, explained } = model;
  const moment = momentOf(target, shown.lastTime ?? null);
  const place = el("div", {});
  const steps = target.channels.flatMap((channel, index) => given.attributions.map((_, step) => ({ step, index, name: target.channels.length > 1 ? `${channel}, ${moment(step + 1)}` : moment(step + 1) })));
  const asked = el("select", {}, el("option", { value: -1 }, "on average over all steps"), ...steps.map(({ name }, number) => el("option", { value: number }, name)));
  const at = (output, { step, index }) => output[step][index];
  const draw = () => {
    const chosen = asked.value < 0 ? steps : [steps[asked.value]];
    const [from, to, gap] = [given.baseline_value, given.explained_value, given.completeness_gap].map((output) => mean(chosen.map((one) => at(output, one))));
    const values = explained.segments.map((_, segment) => mean(chosen.map((one) => at(given.attributions, one)[segment])));
    place.replaceChildren(lead(from, to, explained.unit, "input"), signedBars(named(explained.segments, values)), ...gapNotice(gap, to - from));
  };
  asked.addEventListener("change", draw);
  draw();
  return [field("Forecast", asked), key([["for", "raises it"], ["against", "lowers it"]]), place];
};

export const showExplanation = (model, answer, given, shown) => {
  const drawn = model.target.kind === "horizon" ? ofForecast(model, given, shown) : ofClass(model, answer, given, shown);
  return [el("h3", {}, "Why"), ...drawn, el("p", { class: "hint foot" }, `The baseline: ${model.explained.baseline}. What is explained is the model, not the world.`)];
};
