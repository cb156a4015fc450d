/* The only script of the page: it moves thresholds and filters examples. Without it all is there but that. */
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";

  const make = (tag, names, text) => {
    const element = document.createElement(tag);
    if (names) element.className = names;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const draw = (tag, places) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(places)) element.setAttribute(name, value);
    return element;
  };

  const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
  const count = (number) => Math.round(number).toLocaleString("en-US");

  /* Wilson's interval at the effective number of rows, as shared/statistics/shares.py has it. */
  const interval = (rows, data) => {
    const n = rows.length;
    const sums = new Map();
    let hits = 0;
    for (const [hit] of rows) hits += hit;
    const p = hits / n;
    for (const [hit, entity] of rows) sums.set(entity, (sums.get(entity) || 0) + hit - p);
    const k = sums.size;
    if (k < 2) return null;
    let size = n;
    let z = data.z;
    if (k < n) {
      let squares = 0;
      for (const sum of sums.values()) squares += sum * sum;
      const variance = (squares / (n * n)) * (k / (k - 1));
      const spread = p * (1 - p);
      if (spread === 0) size = k;
      else if (variance * n > spread) size = spread / variance;
      z = k - 1 <= data.t.length ? data.t[k - 2] : studentT(data.z, k - 1);
    }
    const scale = 1 + (z * z) / size;
    const centre = (p + (z * z) / (2 * size)) / scale;
    const half = (z / scale) * Math.sqrt((p * (1 - p)) / size + (z * z) / (4 * size * size));
    return [Math.max(0, Math.min(p, centre - half)), Math.min(1, Math.max(p, centre + half))];
  };

  /* Quantile of Student's t from the normal one (Abramowitz & Stegun 26.7.5); right to six digits from 30 degrees on. */
  const studentT = (z, v) =>
    z +
    (z ** 3 + z) / (4 * v) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * v ** 3);

  const inBrackets = (ends) =>
    ends ? ` (${percent(ends[0]).replace("\u00a0%", "")} to ${percent(ends[1])})` : "";

  /* Rows of the class and others, each with [alarm, entity], of those that `keep` keeps. */
  const alarms = (data, place, threshold, keep) => {
    const found = { own: [], others: [] };
    const scores = data.scores[place];
    const index = data.classes[place].index;
    for (let row = 0; row < scores.length; row++) {
      if (!keep(row)) continue;
      const alarm = scores[row] >= threshold ? 1 : 0;
      (data.truth[row] === index ? found.own : found.others).push([alarm, data.entity[row]]);
    }
    return found;
  };

  const total = (rows) => rows.reduce((sum, [alarm]) => sum + alarm, 0);

  const explore = (data) => {
    const chosen = find("decide-class");
    const slider = find("decide-threshold");
    const attribute = find("decide-attribute");
    let threshold = 0;

    const say = () => {
      const place = Number(chosen.value);
      const { own, others } = alarms(data, place, threshold, () => true);
      const hits = total(own);
      const wrong = total(others);
      const words = [];
      if (own.length) {
        const ends = inBrackets(interval(own, data));
        words.push(`Finds ${hits} of ${own.length}${ends} and misses ${own.length - hits}.`);
      }
      if (others.length) {
        const ends = inBrackets(interval(others, data));
        words.push(`False alarms: ${wrong} of ${others.length} others${ends}.`);
      }
      if (hits + wrong) words.push(`${hits} of ${hits + wrong} alarms are right.`);
      find("decide-said").textContent = words.join(" ");
      find("decide-at").textContent = percent(threshold / 10000);
      slider.setAttribute("aria-valuetext", percent(threshold / 10000));
      if (own.length && others.length) price(hits / own.length, wrong / others.length);
      histogram(place);
      groups(place);
    };

    const price = (sensitivity, falseAlarms) => {
      const share = Math.min(Math.max(Number(find("decide-share").value) / 100, 0), 1);
      const found = 1000 * share * sensitivity;
      const missed = 1000 * share - found;
      const wrong = 1000 * (1 - share) * falseAlarms;
      const cost = missed * Number(find("decide-miss").value) + wrong * Number(find("decide-false").value);
      const right = found + wrong > 0 ? `, ${percent(found / (found + wrong))} of alarms right` : "";
      find("decide-cost").textContent =
        `Of 1,000 cases: ${count(found)} found, ${count(missed)} missed, ${count(wrong)} false alarms${right}; cost ${count(cost)}.`;
    };

    const histogram = (place) => {
      const svg = find("decide-histogram");
      const bins = [new Array(40).fill(0), new Array(40).fill(0)];
      data.scores[place].forEach((score, row) => {
        const side = data.truth[row] === data.classes[place].index ? 0 : 1;
        bins[side][Math.min(39, Math.floor(score / 250))]++;
      });
      svg.replaceChildren();
      bins.forEach((counts, side) => {
        const most = Math.max(...counts, 1);
        counts.forEach((number, bin) => {
          const height = 48 * Math.sqrt(number / most);
          const y = side ? 52 : 50 - height;
          const on = bin * 250 + 125 >= threshold ? " on" : "";
          svg.append(draw("rect", { x: `${bin * 2.5 + 0.15}%`, width: "2.2%", y, height, class: (side ? "others" : "own") + on }));
        });
      });
      const line = (at, names) =>
        svg.append(draw("line", { x1: `${at / 100}%`, x2: `${at / 100}%`, y1: 0, y2: 102, class: names }));
      if (data.classes[place].served !== null) line(data.classes[place].served, "served");
      line(threshold, "now");
    };

    const groups = (place) => {
      const list = find("decide-groups");
      list.replaceChildren();
      if (attribute.value === "") return;
      const { names, codes } = data.groups[Number(attribute.value)];
      names.forEach((name, code) => {
        const { own, others } = alarms(data, place, threshold, (row) => codes[row] === code);
        list.append(groupRow(name, own, others));
      });
    };

    const groupRow = (name, own, others) => {
      const row = make("div", "dot");
      const label = make("span", "name");
      label.append(make("bdi", "", name));
      const track = draw("svg", { class: "track", "aria-hidden": "true" });
      const ends = own.length ? interval(own, data) : null;
      if (ends)
        track.append(draw("line", { x1: `${100 * ends[0]}%`, x2: `${100 * ends[1]}%`, y1: "50%", y2: "50%", class: "range" }));
      if (own.length) track.append(draw("circle", { cx: `${(100 * total(own)) / own.length}%`, cy: "50%", r: 5 }));
      const said = `finds ${total(own)} of ${own.length}, false alarms ${total(others)} of ${others.length}`;
      row.append(label, track, make("span", "said", said));
      return row;
    };

    const move = (value) => {
      threshold = value;
      slider.value = value;
      say();
    };

    const choose = () => {
      const { served, share } = data.classes[Number(chosen.value)];
      find("decide-served").hidden = served === null;
      find("decide-share").value = (100 * share).toFixed(1);
      move(served === null ? 5000 : served);
    };

    const options = (select, names) =>
      names.forEach((name, place) => {
        const option = make("option", "", name);
        option.value = place;
        select.append(option);
      });

    options(chosen, data.classes.map((one) => one.name));
    options(attribute, data.groups.map((one) => one.name));
    find("decide-attribute-row").hidden = !data.groups.length;
    chosen.value = data.first;
    chosen.addEventListener("change", choose);
    slider.addEventListener("input", () => move(Number(slider.value)));
    find("decide-served").addEventListener("click", choose);
    attribute.addEventListener("change", say);
    for (const id of ["decide-miss", "decide-false", "decide-share"]) find(id).addEventListener("input", say);
    find("decide-explorer").hidden = false;
    choose();
  };

  /* Examples carry their class and groups as numbers of the options that show them. */
  const filter = (bar) => {
    const selects = [...bar.querySelectorAll("select")];
    const items = [...document.querySelectorAll("[data-shown-by]")];
    const show = () => {
      const wanted = selects.map((select) => select.value).filter((value) => value !== "");
      let number = 0;
      for (const item of items) {
        const has = item.dataset.shownBy.split(" ");
        item.hidden = !wanted.every((value) => has.includes(value));
        if (!item.hidden) number++;
      }
      find("see-shown").textContent = `${number} of ${items.length} shown`;
    };
    for (const select of selects) select.addEventListener("change", show);
    bar.hidden = false;
    show();
  };

  const source = find("decide-data");
  if (source) explore(JSON.parse(source.textContent));
  const bar = find("see-filter");
  if (bar) filter(bar);
})();
