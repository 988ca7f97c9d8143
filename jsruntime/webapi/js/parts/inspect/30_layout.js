// Where lines are broken: Node's rules for what fits on one, and for long lists of short
// items, which stand in columns.
const OBJECT = 0, ITEM = 1, ARRAY = 2;
const COMPACT = 3;

function columnsOf(ctx, output, value) {
  let total = 0;
  let longest = 0;
  const count = output.length > ctx.items ? output.length - 1 : output.length; // what says that there is more stands alone
  const widths = newList();
  for (let i = 0; i < count; i++) {
    widths[i] = widthOf(output[i]);
    total += widths[i] + 2;
    longest = max(longest, widths[i]);
  }
  const most = longest + 2;
  if (!(most * 3 + ctx.indent < ctx.width && (total / most > 5 || longest <= 6))) return output;
  const bias = (most - total / output.length) ** 0.5;
  const biased = max(most - 3 - bias, 1);
  const columns = min(floor((2.5 * biased * count) ** 0.5 / biased + 0.5), floor((ctx.width - ctx.indent) / most), 4 * COMPACT, 15);
  if (columns <= 1) return output;
  const sizes = newList();
  for (let c = 0; c < columns; c++) {
    sizes[c] = 2;
    for (let i = c; i < count; i += columns) sizes[c] = max(sizes[c], widths[i] + 2);
  }
  return rowsOf(ctx, output, value, { __proto__: null, count, columns, sizes, widths });
}

function rowsOf(ctx, output, value, { count, columns, sizes, widths }) {
  let numbers = true;
  for (let i = 0; i < output.length && numbers; i++) {
    const item = dataOf(value, i);
    numbers = typeof item === "number" || typeof item === "bigint";
  }
  const rows = newList();
  for (let from = 0; from < count; from += columns) {
    const to = min(from + columns, count);
    let row = "";
    for (let i = from; i < to; i++) {
      const last = i === to - 1;
      const text = last ? output[i] : `${output[i]}, `;
      const room = sizes[i - from] - widths[i] - 2;
      if (numbers) row += strRepeat(" ", room) + text;
      else row += last ? text : text + strRepeat(" ", room);
    }
    rows[rows.length] = row;
  }
  if (count < output.length) rows[rows.length] = output[count];
  return rows;
}

function fits(ctx, output, start, base) {
  let total = output.length + start;
  if (total + output.length > ctx.width) return false;
  for (let i = 0; i < output.length; i++) {
    total += output[i].length;
    if (total > ctx.width) return false;
  }
  return base === "" || strIndexOf(base, "\n") < 0;
}

// joined makes one text of an object's entries.
function joined(ctx, output, base, open, close, kind, depth, value) {
  const entries = output.length;
  if (kind === ARRAY && entries > 6) output = columnsOf(ctx, output, value);
  const head = base === "" ? "" : `${base} `;
  if (ctx.current - depth < COMPACT && entries === output.length && fits(ctx, output, output.length + ctx.indent + open.length + base.length + 10, base)) {
    const line = arrayJoin(output, ", ");
    if (strIndexOf(line, "\n") < 0) return `${head}${open} ${line} ${close}`;
  }
  const line = "\n" + strRepeat(" ", ctx.indent);
  return `${head}${open}${line}  ${arrayJoin(output, `,${line}  `)}${line}${close}`;
}
