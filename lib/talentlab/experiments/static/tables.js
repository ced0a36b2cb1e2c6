// Tables of a report: a click on a column's name sorts by it, menus of the columns with few values choose rows.
for (const table of document.querySelectorAll("table.dataframe")) {
  const body = table.tBodies[0], rows = [...(body?.rows ?? [])];
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (rows.length < 3 || rows.some((row) => row.cells.length !== heads.length)) continue; // not where cells are merged
  const name = (column) => [...table.tHead.rows].map((row) => row.cells[column].textContent.trim()).find(Boolean) ?? "";
  const text = (row, column) => row.cells[column].textContent.trim();
  const number = (shown) => (/^[-+−]?[\d.]/.test(shown) ? parseFloat(shown.replace("−", "-").replaceAll(",", "")) : NaN);

  function compare(one, other) {  // numbers by size, before texts; what is missing comes last either way
    const [a, b] = [number(one), number(other)];
    if (!isNaN(a) && !isNaN(b)) return a - b;
    return isNaN(a) - isNaN(b) || one.localeCompare(other);
  }
  const missing = (shown) => ["", "–", "NaN", "None"].includes(shown);

  heads.forEach((head, column) => {
    const sort = () => {
      const down = head.ariaSort === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.ariaSort = down ? "descending" : "ascending";
      rows.sort((one, other) => {
        const [a, b] = [text(one, column), text(other, column)];
        return missing(a) - missing(b) || (down ? compare(b, a) : compare(a, b));
      });
      body.append(...rows);
    };
    Object.assign(head, { tabIndex: 0, title: words.sort, onclick: sort });
    head.onkeydown = (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), sort());
  });

  const bar = document.createElement("p"), count = document.createElement("output");
  heads.forEach((head, column) => {
    const values = [...new Set(rows.map((row) => text(row, column)))].sort(compare);
    if (rows.length < 6 || values.length < 2 || values.length > 12 || values.length > rows.length / 2) return;
    const menu = document.createElement("select"), label = document.createElement("label");
    menu.dataset.column = column;
    menu.append(new Option(words.all, ""), ...values.map((value) => new Option(value, `=${value}`)));
    menu.onchange = () => {
      const chosen = [...bar.querySelectorAll("select")].filter((each) => each.value);
      for (const row of rows) row.hidden = chosen.some((each) => `=${text(row, each.dataset.column)}` !== each.value);
      count.value = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
    };
    label.append(`${name(column)} `, menu, " ");
    bar.append(label);
  });
  if (bar.children.length) {
    bar.append(count);
    table.before(bar);
  }
}
