// The n-th Fibonacci number, the slow way: calls and nothing else.
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

export default function fibonacci(msg) {
  const { n } = msg.json();
  return { n, value: fib(n) };
}
