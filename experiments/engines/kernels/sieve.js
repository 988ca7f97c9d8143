export default () => {
  const n = 30000, marked = new Uint8Array(n + 1);
  let primes = 0;
  for (let i = 2; i <= n; i++) { if (marked[i]) continue; primes++; for (let j = i * i; j <= n; j += i) marked[j] = 1; }
  return String(primes);
};
