(() => {
  const table = document.querySelector("table.runs"), box = document.querySelector(".filter");
  if (!table || !box) return;
  const body = table.tBodies[0], rows = [...body.rows], field = box.querySelector("input"), said = box.querySelector("output");
  const key = (row, at) => row.cells[at].dataset.sort ?? row.cells[at].textContent.trim();
  const compare = (a, b) => {
    if (a === b) return 0;
    if (a === "" || b === "") return a === "" ? 1 : -1;
    const x = Number(a), y = Number(b);
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, { numeric: true }) : x - y;
  };
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((a, b) => {
        const first = key(a, at), second = key(b, at);
        return compare(first, second) * (down && first !== "" && second !== "" ? -1 : 1);
      });
      body.append(...rows);
    });
  });
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    said.textContent = `${shown} of ${rows.length} runs`;
  };
  field.addEventListener("input", filter);
  box.hidden = false;
  filter();
})();
