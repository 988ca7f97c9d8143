// The trace of the product of two n by n matrices, all of it computed: floating point.
export default function matrix(msg) {
  const { n } = msg.json();
  const a = new Float64Array(n * n), b = new Float64Array(n * n), c = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) {
    a[i] = i % 7;
    b[i] = i % 11;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  return { n, trace };
}
