export default () => {
  let inside = 0;
  for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) {
    const a = x / 16 - 1.5, b = y / 16 - 1; let u = 0, v = 0, n = 0;
    while (n < 40 && u * u + v * v < 4) { const t = u * u - v * v + a; v = 2 * u * v + b; u = t; n++; }
    if (n === 40) inside++;
  }
  return String(inside);
};
