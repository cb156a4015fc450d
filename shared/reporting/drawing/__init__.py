"""Figures of the report's reader sections: geometry in Python, drawn by `drawing.html`.

Why a few files of our own and no chart library:

- The page must be complete with scripts off. Vega with Vega-Lite (832 kB) and Observable Plot with
  d3 (490 kB) draw nothing without them; uPlot (51 kB) draws on a canvas, which has no text to
  select, to search or to read aloud, and prints as pixels.
- Matplotlib's SVG is 43 to 59 % of a page's bytes, scales its letters down to 5 px on a phone,
  knows no CSS variables, and is XML, which control characters break. The appendix keeps it.
- Here marks are placed in percent of a track, and lines in a view box that is stretched with
  strokes that are not. All letters are HTML beside the marks: they never shrink, wrap where there
  is no room, and follow the reader's font, light and dark. A plot of ten rows takes about 3 kB.

`dots` draws values with intervals, `curves` lines with bands. `Figure` says the unit, n and
interval, has the same in words for those who can't see it, and gives its numbers as CSV.
"""
