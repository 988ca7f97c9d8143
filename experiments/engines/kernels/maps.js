export default () => {
  const m = new Map(), o = {};
  for (let i = 0; i < 3000; i++) { m.set("k" + i, i); o["p" + (i % 500)] = i; }
  let sum = 0;
  for (const [, v] of m) sum += v;
  for (const k in o) sum += o[k];
  return String(sum);
};
