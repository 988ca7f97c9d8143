// n pseudo-random numbers, sorted with a comparison of JavaScript's: calls and memory.
export default function sort(msg) {
  const { n } = msg.json();
  const numbers = new Array(n);
  for (let i = 0, x = 1; i < n; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    numbers[i] = x;
  }
  numbers.sort((a, b) => a - b);
  return { n, least: numbers[0], median: numbers[n >> 1], greatest: numbers[n - 1] };
}
