export default () => {
  const n = 32, a = [], b = [];
  for (let i = 0; i < n * n; i++) { a.push(i % 7); b.push(i % 5); }
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let s = 0; for (let k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j]; sum += s; }
  return String(sum);
};
