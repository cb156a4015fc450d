/* CSV and TSV files, RFC 4180, with "," ";" or tabs between cells. */

import { Mistake } from "./elements.js";

const MOST_BYTES = 64 * 2 ** 20;

export const readTable = async (file) => {
  if (file.size > MOST_BYTES) throw new Mistake(`${file.name} has more than 64 MiB: cut it to the rows that the forecast needs.`);
  const text = (await file.text()).replace(/^\uFEFF/, "");
  const [firstLine] = text.split(/\r?\n/, 1);
  const delimiter = [",", ";", "\t"].sort((one, other) => firstLine.split(other).length - firstLine.split(one).length)[0];
  const [names, ...rows] = cells(text, delimiter).filter((row) => row.length > 1 || row[0].trim() !== "");
  if (!names || rows.length === 0) throw new Mistake(`${file.name} has no rows below a line of column names.`);
  const short = rows.findIndex((row) => row.length !== names.length);
  if (short >= 0) throw new Mistake(`${file.name}, row ${short + 2}: ${rows[short].length} cells, where the header has ${names.length}.`);
  return { name: file.name, names: names.map((name) => name.trim()), rows, decimal: delimiter === "," ? "." : "," };
};

const cells = (text, delimiter) => {
  const rows = [[""]];
  let isQuoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    const row = rows.at(-1);
    if (isQuoted && letter === '"' && text[place + 1] === '"') {
      row[row.length - 1] += '"';
      place += 1;
    } else if (letter === '"' && (isQuoted || row.at(-1) === "")) isQuoted = !isQuoted;
    else if (isQuoted) row[row.length - 1] += letter;
    else if (letter === delimiter) row.push("");
    else if (letter === "\n") rows.push([""]);
    else if (letter !== "\r") row[row.length - 1] += letter;
  }
  return rows;
};

/* NaN where nothing was observed; row and column are named where something else stands. */
export const numberAt = (read, row, column) => {
  const text = read.rows[row][column].trim();
  if (/^(|na|nan|null|none|-)$/i.test(text)) return NaN;
  const plain = read.decimal === "," && /^[+-]?\d+,\d+$/.test(text) ? text.replace(",", ".") : text;
  const value = Number(plain);
  if (!Number.isFinite(value)) throw new Mistake(`${read.name}, row ${row + 2}, column ${read.names[column]}: "${text}" is not a number.`);
  return value;
};

const STAMP = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?Z?$/;

/* Seconds since 1970 by the clock that wrote them; null if it is no time. */
export const secondsOf = (text) => {
  const found = STAMP.exec(text.trim());
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part || 0));
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
};
