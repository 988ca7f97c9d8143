export default () => {
  let x = 42; const list = [];
  for (let i = 0; i < 5000; i++) { x = (x * 1103515245 + 12345) & 0x7fffffff; list.push(x); }
  list.sort((a, b) => a - b);
  return list[0] + "," + list[2500];
};
