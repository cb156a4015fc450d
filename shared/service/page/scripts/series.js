/* A series: a table whose last observed rows are the window, and what is known ahead of it. */

import { calendarColumn } from "./calendar.js";
import { Mistake, dropField, el, field } from "./elements.js";
import { span } from "./numbers.js";
import { numberAt, readTable, secondsOf } from "./table.js";

const TIME = /time|date|stamp|^ds$|^ts$/i;

const options = (names, chosen) => {
  const nodes = names.map((name, index) => el("option", { value: index, selected: index === chosen }, name || `column ${index + 1}`));
  return el("select", {}, el("option", { value: -1, selected: chosen < 0 }, "–"), ...nodes);
};

/* The first column that holds numbers and nobody else has. */
const firstNumbers = (read, taken) =>
  read.names.findIndex((_, column) => {
    const texts = read.rows.map((row) => row[column].trim()).filter((text) => text !== "");
    return !taken.has(column) && texts.length > 0 && texts.every((text) => Number.isFinite(Number(text.replace(",", "."))));
  });

const guess = (read, names) => {
  const at = (name) => read.names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  const isTime = (column) => read.rows.every((row) => secondsOf(row[column]) !== null);
  const time = read.names.findIndex((name, column) => (TIME.test(name) || column === 0) && isTime(column));
  const found = new Map(names.map((name) => [name, at(name)]));
  const value = names[0];
  if (found.get(value) < 0) found.set(value, firstNumbers(read, new Set([time, ...found.values()])));
  return { time, found };
};

const requireSteps = (read, times, first, stepSeconds) => {
  const wrong = times.findIndex((seconds, index) => index > 0 && seconds - times[index - 1] !== stepSeconds);
  if (wrong < 0) return;
  const place = `${read.name}, row ${first + wrong + 2}`;
  throw new Mistake(`${place}: not ${span(1, stepSeconds)} after the row before. The model needs regular steps.`);
};

const windowOf = (read, columns, lookback) => {
  const values = read.rows.map((_, row) => numberAt(read, row, columns[0]));
  const last = values.findLastIndex(Number.isFinite);
  const first = last - lookback + 1;
  if (first < 0) throw new Mistake(`The model reads ${lookback} steps back; ${read.name} has ${last + 1} rows up to the last observed value.`);
  const window = Array.from({ length: lookback }, (_, step) => columns.map((column) => {
    const value = numberAt(read, first + step, column);
    if (Number.isFinite(value)) return value;
    throw new Mistake(`${read.name}, row ${first + step + 2}, column ${read.names[column]} is empty: a request as JSON can't say so. Fill it, or use \`python -m pipelines predict\`.`);
  }));
  return { window, first, last };
};

const aheadOf = (read, names, found, last, { steps, step_seconds }, lastTime) =>
  Array.from({ length: steps }, (_, step) => names.map((name) => {
    const column = found.get(name);
    if (column >= 0) {
      const row = last + 1 + step;
      const value = row < read.rows.length ? numberAt(read, row, column) : NaN;
      if (Number.isFinite(value)) return value;
      throw new Mistake(`${name} must be known for ${steps} steps ahead: add rows with it below the last observed value (row ${row + 2} has none).`);
    }
    const wave = calendarColumn(name);
    if (!wave) throw new Mistake(`Say which column is ${name}.`);
    if (lastTime === null) throw new Mistake("Say which column is the time: the model reads the calendar ahead.");
    return wave(lastTime + (step + 1) * step_seconds);
  }));

export const seriesField = (model, changed) => {
  const [past, future] = ["window", "future"].map((name) => model.inputs.find((input) => input.name === name));
  const pastNames = past.columns ?? past.shape[2] === 1 ? past.columns ?? ["value"] : [];
  const aheadNames = future?.columns ?? [];
  const asked = [...new Set([...pastNames, ...aheadNames.filter((name) => !calendarColumn(name))])];
  const [, lookback] = past.shape;
  const places = el("div", { class: "fields" });
  let given = null;

  const take = async (file) => {
    given = null;
    places.replaceChildren();
    try {
      const read = await readTable(file);
      const { time, found } = guess(read, asked);
      const chosen = new Map(asked.map((name) => [name, options(read.names, found.get(name))]));
      const stamps = options(read.names, time);
      places.append(field("time", stamps), ...asked.map((name) => field(name, chosen.get(name))));
      drop.say(el("strong", {}, file.name), el("span", { class: "hint" }, `${read.rows.length} rows`));
      given = { read, chosen, stamps };
    } catch (error) {
      drop.say(el("strong", {}, "Choose another table"), el("span", { class: "hint" }, error.message));
    }
    changed();
  };
  const hint = `CSV: at least ${lookback} rows, ${span(1, model.target.step_seconds)} apart, oldest first`;
  const drop = dropField("Choose a table", hint, ".csv,.tsv,.txt,text/csv", take);

  const fromTable = ({ read, chosen, stamps }) => {
    const found = new Map([...chosen].map(([name, select]) => [name, Number(select.value)]));
    const missing = pastNames.find((name) => found.get(name) < 0);
    if (missing) throw new Mistake(`Say which column is ${missing}.`);
    const { window, first, last } = windowOf(read, pastNames.map((name) => found.get(name)), lookback);
    const column = Number(stamps.value);
    const times = column < 0 ? null : read.rows.slice(first, last + 1).map((row) => secondsOf(row[column]));
    if (times?.includes(null)) throw new Mistake(`Column ${read.names[column]}: times are read as 2026-01-31 13:00.`);
    if (times) requireSteps(read, times, first, model.target.step_seconds);
    const lastTime = times ? times.at(-1) : null;
    const ahead = future ? { future: aheadOf(read, aheadNames, found, last, model.target, lastTime) } : {};
    return { values: { window, ...ahead }, lastTime };
  };
  return {
    node: el("div", {}, drop.node, places, el("p", { class: "hint" }, "Days begin at midnight of the times as they stand.")),
    read: async () => {
      if (!given) throw new Mistake("Choose or drop a table first.");
      const { values, lastTime } = given.values ? given : fromTable(given);
      return { values, shown: { history: values.window, lastTime: lastTime ?? null } };
    },
    fill: (instance) => {
      places.replaceChildren();
      drop.say(el("strong", {}, "The example"), el("span", { class: "hint" }, `${lookback} steps`));
      given = { values: { window: instance.window, ...(future ? { future: instance.future } : {}) }, lastTime: null };
    },
  };
};
