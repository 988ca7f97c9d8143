// console.table, drawn as Node draws it.
const MAX_ROWS = 1000, MAX_COLUMNS = 50;

function cellText(v) {
  const large = isObject(v) && typeof v !== "function" && !isArray(v) && objectKeys(v).length > 2;
  return inspectWith(v, { __proto__: null, depth: large ? -1 : 0, items: 3, width: Infinity });
}

class Table {
  heads = newList();
  columns = newList();
  rows = 0;
  column(head) {
    for (let c = 0; c < this.heads.length; c++) if (this.heads[c] === head) return this.columns[c];
    if (this.heads.length >= MAX_COLUMNS) return undefined;
    this.heads[this.heads.length] = head;
    return (this.columns[this.columns.length] = newList());
  }
  text() {
    const widths = newList();
    for (let c = 0; c < this.heads.length; c++) {
      widths[c] = widthOf(this.heads[c]) + 2;
      for (let r = 0; r < this.rows; r++) widths[c] = max(widths[c], widthOf(this.columns[c][r] || "") + 2);
    }
    let out = rule(widths, "\u250c", "\u252c", "\u2510\n") + this.line(widths, -1) + rule(widths, "\u251c", "\u253c", "\u2524\n");
    for (let r = 0; r < this.rows; r++) out += this.line(widths, r);
    return out + rule(widths, "\u2514", "\u2534", "\u2518");
  }
  line(widths, row) {
    let out = "\u2502";
    for (let c = 0; c < widths.length; c++) {
      const text = row < 0 ? this.heads[c] : this.columns[c][row] || "";
      out += ` ${text}${strRepeat(" ", widths[c] - widthOf(text) - 1)}\u2502`;
    }
    return out + "\n";
  }
}

function rule(widths, left, between, right) {
  let out = left;
  for (let c = 0; c < widths.length; c++) out += (c === 0 ? "" : between) + strRepeat("\u2500", widths[c]);
  return out + right;
}

function entriesTable(value, isMap, size) {
  const t = new Table();
  const list = collected(isMap ? mapForEach : setForEach, value, MAX_ROWS);
  const index = t.column("(iteration index)"), keys = isMap ? t.column("Key") : undefined, values = t.column("Values");
  for (let i = 0; i < list.length; i++) {
    index[i] = `${i}`;
    if (keys !== undefined) keys[i] = cellText(list[i].key);
    values[i] = cellText(list[i].item);
  }
  t.rows = list.length;
  return t.text() + cutRows(size);
}

function cutRows(n) {
  return n > MAX_ROWS ? `\n${moreItems(n - MAX_ROWS)}` : "";
}

// table is undefined where data has no rows.
function table(data, only) {
  if (!isObject(data)) return undefined;
  let size = attempt(mapSize, data);
  if (size !== undefined) return entriesTable(data, true, size);
  size = attempt(setSize, data);
  if (size !== undefined) return entriesTable(data, false, size);
  const t = new Table();
  const index = t.column("(index)");
  const values = newList();
  const keys = objectKeys(data);
  let some = false;
  t.rows = min(keys.length, MAX_ROWS);
  for (let r = 0; r < t.rows; r++) {
    index[r] = keys[r];
    const item = data[keys[r]];
    if (!isObject(item) && only === undefined) {
      some = true;
      values[r] = cellText(item);
      continue;
    }
    const names = only === undefined ? objectKeys(item) : only;
    for (let k = 0; k < names.length; k++) {
      const column = t.column(`${names[k]}`);
      if (column !== undefined && isObject(item) && hasOwn(item, names[k])) column[r] = cellText(item[names[k]]);
    }
  }
  if (some) {
    t.heads[t.heads.length] = "Values";
    t.columns[t.columns.length] = values;
  }
  return t.text() + cutRows(keys.length);
}
