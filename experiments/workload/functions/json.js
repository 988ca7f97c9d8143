// Orders as JSON, grouped by customer and summed up, as JSON again: objects and strings.
export default function transform(msg) {
  const { orders } = msg.json();
  const customers = new Map();
  for (const { customer, quantity, cents } of orders) {
    const sum = customers.get(customer) ?? { customer, orders: 0, cents: 0 };
    sum.orders++;
    sum.cents += quantity * cents;
    customers.set(customer, sum);
  }
  const report = [...customers.values()].sort((a, b) => b.cents - a.cents || a.customer.localeCompare(b.customer));
  return { customers: report.length, cents: report.reduce((sum, r) => sum + r.cents, 0), report };
}
