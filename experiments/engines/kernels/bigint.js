export default () => { let a = 0n, b = 1n; for (let i = 0; i < 1500; i++) [a, b] = [b, a + b]; return String(a % 1000000007n); };
