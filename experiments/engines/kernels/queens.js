export default () => {
  const place = (row, columns, left, right, n) => {
    if (row === n) return 1;
    let found = 0, free = ~(columns | left | right) & ((1 << n) - 1);
    while (free) { const bit = free & -free; free ^= bit; found += place(row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1, n); }
    return found;
  };
  return String(place(0, 0, 0, 0, 7));
};
