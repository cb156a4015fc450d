/* Stands at the end of a copy of a page, and says what a browser makes of it. */
(async () => {
  const job = new URLSearchParams(location.hash.slice(1));
  const root = document.documentElement;
  const isSeen = (element) => element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });

  const asPrinted = () => {
    for (const sheet of document.styleSheets)
      for (const rule of sheet.cssRules)
        if (rule.media && rule.media.mediaText === "print") rule.media.mediaText = "all";
  };

  /* What stands right of the page; boxes that scroll on their own hold what is in them. */
  const overhanging = () => {
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
      const box = element.getBoundingClientRect();
      const isHeld = element.closest(".scroll, .chart, pre, .skip, .unseen, svg svg, svg *");
      if (box.width && box.right > innerWidth + 1 && !isHeld && isSeen(element))
        found.push(`${element.tagName}.${element.getAttribute("class")} ends at ${Math.round(box.right)}`);
    }
    return found;
  };

  /* Size of each letter of a figure as it is drawn, in CSS pixels. */
  const letters = () => {
    const sizes = [];
    for (const figure of document.querySelectorAll("figure, .panels, .explorer, svg"))
      for (const element of [figure, ...figure.querySelectorAll("*")]) {
        const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!says || element.closest("title, style, script, .unseen") || !isSeen(element)) continue;
        const matrix = element.ownerSVGElement ? element.getScreenCTM() : null;
        const scale = matrix ? Math.hypot(matrix.a, matrix.b) : 1;
        sizes.push([scale * parseFloat(getComputedStyle(element).fontSize), element.textContent.trim().slice(0, 40)]);
      }
    return sizes.sort((one, other) => one[0] - other[0]).slice(0, 5);
  };

  const violations = async () => {
    const { violations: found } = await axe.run(document, { resultTypes: ["violations"] });
    return found.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 200)} ${one.nodes[0].failureSummary}`);
  };

  /* What the explorer says, where its threshold stands: as served, a step further, and of another class. */
  const explored = () => {
    const slider = document.getElementById("decide-threshold");
    if (!slider) return null;
    const said = () => ["decide-at", "decide-said", "decide-cost", "decide-groups"].map((id) => document.getElementById(id).textContent);
    const place = () => ({ class: document.getElementById("decide-class").value, threshold: Number(slider.value), said: said() });
    const places = [place()];
    slider.focus();
    const hasFocus = document.activeElement === slider;
    for (const value of [1000, 5000, 9000]) {
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      places.push(place());
    }
    const chosen = document.getElementById("decide-class");
    chosen.selectedIndex = (chosen.selectedIndex + 1) % chosen.options.length;
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
    places.push(place());
    return { hasFocus, places };
  };

  const found = { name: job.get("name"), isDark: matchMedia("(prefers-color-scheme: dark)").matches };
  try {
    if (job.get("name") === "print") asPrinted();
    found.width = innerWidth;
    found.reach = root.scrollWidth;
    found.height = root.scrollHeight;
    found.words = (document.body.innerText.match(/\S+/g) || []).length;
    found.tables = [...document.querySelectorAll("table")].filter(isSeen).length;
    found.overhanging = overhanging();
    found.letters = letters();
    found.explored = explored();
    found.closed = job.get("axe") ? await violations() : [];
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    found.overhangingOpen = overhanging();
    found.lettersOpen = letters();
    found.open = job.get("axe") === "open" && job.get("name") === "laptop" ? await violations() : [];
  } catch (error) {
    found.error = String(error && error.stack);
  }
  parent.postMessage(found, "*");
})();
