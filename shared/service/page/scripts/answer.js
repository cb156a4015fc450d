/* The answer, how sure it is, and whether the model would hand it on. */

import { forecastChart, shareBars } from "./chart.js";
import { el, fold, key, table } from "./elements.js";
import { format, percent, span, withUnit } from "./numbers.js";

const NOUNS = { text: "text", image: "image", sound: "sound", series: "table", row: "row" };
const SHOWN_CLASSES = 8;

const verdict = (tone, title, answer, ...sentences) =>
  el("div", { class: `verdict ${tone}` }, el("strong", {}, title), answer ? el("p", { class: "class" }, answer) : null, ...sentences.map((one) => el("p", {}, one)));

/* In the order in which a client must ask: error, is_ood, abstain, answer. */
const judged = (model, given, answer, said) => {
  const noun = NOUNS[model.kind] ?? "input";
  if (given.error) return verdict("bad", "No answer", null, `This ${noun} can't be used: ${given.error}`);
  if (given.is_ood === 1)
    return verdict("bad", "Do not use this answer", answer, `This ${noun} is unlike what the model was trained on. Try another, or ask a person.`);
  if (given.abstain === 1) {
    const always = model.why_always_abstains ? ` This model hands on everything: ${model.why_always_abstains}.` : "";
    return verdict("warn", "Hand this on to a person", answer, `The model is not sure enough to answer alone.${always}`);
  }
  return verdict("good", "The model answers", answer, said);
};

const classSaid = (model, given) => {
  if (given.abstain === undefined || model.max_error_share === null) return "It has no rule for handing answers on.";
  return `It is sure enough to answer alone: at most ${percent(model.max_error_share)} of such answers are wrong, if inputs are like those of validation.`;
};

const setSaid = (model, names) => {
  const share = model.coverage === null ? "" : `With ${percent(model.coverage)} coverage, `;
  const [one, ...others] = names;
  if (one === undefined) return `${share}no class is likely enough: the set is empty.`;
  if (names.length === model.target.names.length) return `${share}every class remains possible.`;
  return `${share}the true class is ${others.length ? `one of ${names.join(", ")}` : one}.`.replace(/^t/, "T");
};

const showClasses = (model, given) => {
  const { names } = model.target;
  const probabilities = given.probabilities;
  const inSet = given.in_set;
  const answer = names[given.class_index] ?? given.class_name;
  const nodes = [judged(model, given, given.error ? null : answer, classSaid(model, given))];
  if (given.error) return nodes;
  const entries = names.map((name, index) => ({ name, value: probabilities[index], said: percent(probabilities[index]), inSet: inSet?.[index] === 1 }));
  const sorted = model.target.ordered ? entries : [...entries].sort((one, other) => other.value - one.value);
  nodes.push(el("h3", {}, "Probabilities"));
  if (inSet) nodes.push(el("p", { class: "hint" }, setSaid(model, names.filter((_, index) => inSet[index] === 1))));
  nodes.push(shareBars(sorted.slice(0, SHOWN_CLASSES)));
  if (sorted.length > SHOWN_CLASSES) nodes.push(fold(`${sorted.length - SHOWN_CLASSES} more classes`, shareBars(sorted.slice(SHOWN_CLASSES))));
  if (given.class_index !== probabilities.indexOf(Math.max(...probabilities)))
    nodes.push(el("p", { class: "hint" }, "The class follows the rule that validation chose, which is not the largest probability."));
  return nodes;
};

const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(5, 16).replace("T", " ");

export const momentOf = (target, lastTime) => (step) => {
  if (lastTime !== null) return clock(lastTime + step * target.step_seconds);
  if (step === 0) return "now";
  return step > 0 ? `in ${span(step, target.step_seconds)}` : `${span(-step, target.step_seconds)} before`;
};

const showForecast = (model, given, shown) => {
  const { target } = model;
  if (given.error) return [judged(model, given, null)];
  const moment = momentOf(target, shown.lastTime ?? null);
  const covered = percent(target.quantiles.at(-1) - target.quantiles[0]);
  const charts = target.channels.flatMap((channel, index) => {
    const middle = given.forecast.map((step) => step[index]);
    const [low, high] = [0, target.quantiles.length - 1].map((level) => given.quantiles.map((step) => step[index][level]));
    const past = index === 0 && shown.history ? shown.history.map((row) => row[0]).slice(-3 * Math.max(target.steps, target.season_steps)) : [];
    const said = `Forecast of ${channel}: ${format(middle[0])} at first, ${format(middle.at(-1))} at the end; the numbers are below.`;
    const name = target.channels.length > 1 ? el("h3", {}, channel) : null;
    const rows = middle.map((value, step) => [moment(step + 1), format(value, 4), ...given.quantiles[step][index].map((one) => format(one, 4))]);
    const head = ["step", "expected", ...target.quantiles.map((level) => `${percent(level)} below`)];
    return [name, forecastChart({ past, middle, low, high, moment, unit: target.unit, said }),
      key([["past", "observed"], ["middle", "expected"], ["band", `holds ${covered} of values`]]),
      fold("Numbers", table(`Forecast of ${channel}${target.unit ? `, ${target.unit}` : ""}`, head, rows))];
  }).filter(Boolean);
  const [values] = [given.forecast.flat()];
  const answer = `${format(Math.min(...values))} to ${withUnit(format(Math.max(...values)), target.unit)}`;
  return [judged(model, given, answer, `Expected over the next ${span(target.steps, target.step_seconds)}.`), ...charts];
};

const beside = (given) => {
  const spread = given.member_spread;
  const entries = [
    ["How unlike the training data", given.ood_score === undefined ? null : format(given.ood_score)],
    ["How far the members are apart", typeof spread === "number" ? `${format(spread)} nats` : null],
  ].filter(([, value]) => value !== null);
  return entries.length && !given.error ? [fold("More", table("Further numbers", ["", "value"], entries))] : [];
};

export const showAnswer = (model, given, shown) => {
  const nodes = model.target.kind === "horizon" ? showForecast(model, given, shown) : showClasses(model, given);
  return [...nodes, ...beside(given)];
};
