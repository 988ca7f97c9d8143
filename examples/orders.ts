// Handles each message of the stream ORDERS, at least once: what is returned is published
// to results.<id>, what throws is delivered again, and is a dead letter in the end.
interface Order {
  items: { name: string; price: number }[];
}

export default function (msg, ctx) {
  const order: Order = msg.json();
  if (!order.items?.length) throw new RangeError("an order has items");
  return {
    id: msg.subject.split(".")[1],
    total: order.items.reduce((sum, item) => sum + item.price, 0),
    sequence: Number(msg.headers.get("nats-sequence")),
    attempt: ctx.invocation.attempt,
  };
}
