// Computes, and never waits: { "n": 27 }.
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

export default function (msg) {
  const { n = 27 } = msg.text() === "" ? {} : msg.json();
  if (!Number.isInteger(n) || n < 0 || n > 40) {
    throw new RangeError(`n is ${n}: give a whole number from 0 to 40`);
  }
  return { n, fib: fib(n) };
}
