/* Numbers as people read them. */

export const format = (value, digits = 3) => {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(digits - 1).replace("-", "−");
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: decimals }).replace("-", "−");
};

export const signed = (value, digits = 3) => (value > 0 ? "+" : "") + format(value, digits);

export const percent = (share) => {
  const number = 100 * share;
  if (number > 99.9 && number < 100) return "> 99.9 %";
  if (number > 0 && number < 0.1) return "< 0.1 %";
  return `${number.toFixed(number >= 10 || Number.isInteger(number) ? 0 : 1)} %`.replace("100 %", share < 1 ? "> 99 %" : "100 %");
};

export const human = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");

export const withUnit = (text, unit) => (unit ? `${text} ${unit}` : text);

const STEPS = { 1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week" };

/* "24 hours", for so many steps. */
export const span = (steps, stepSeconds) => {
  const [seconds, name] = Object.entries(STEPS).reverse().find(([size]) => stepSeconds % size === 0);
  const count = (steps * stepSeconds) / seconds;
  return `${format(count, 4)} ${name}${count === 1 ? "" : "s"}`;
};

/* Round numbers between two, ends included; about `count` of them. */
export const ticks = (low, high, count = 4) => {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, index) => (first + index) * step);
};
