/* Where a moment lies in day, week and year, as `pipelines/time_series/reading/calendar_features.py` has it. */

const DAY = 86400;
const MONDAY = 4 * DAY; /* 5 January 1970 */

const PHASES = {
  day: (seconds) => (seconds % DAY) / DAY,
  week: (seconds) => ((((seconds - MONDAY) % (7 * DAY)) + 7 * DAY) % (7 * DAY)) / (7 * DAY),
  year: (seconds) => {
    const year = new Date(seconds * 1000).getUTCFullYear();
    const [start, end] = [year, year + 1].map((one) => Date.UTC(one, 0, 1) / 1000);
    return (seconds - start) / (end - start);
  },
};

/* The function of a column such as "week cos"; undefined for any other. */
export const calendarColumn = (name) => {
  const [cycle, wave] = name.split(" ");
  const phase = PHASES[cycle];
  if (!phase || !["sin", "cos"].includes(wave)) return undefined;
  return (seconds) => Math[wave](2 * Math.PI * phase(seconds));
};
