export default () => {
  const compose = (...fs) => (x) => fs.reduce((v, f) => f(v), x);
  const f = compose((x) => x + 1, (x) => x * 2, (x) => x % 1009);
  let v = 1;
  for (let i = 0; i < 5000; i++) v = f(v);
  return String(v);
};
