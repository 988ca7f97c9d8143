export default (msg) => { const order = msg.json(); return { id: order.id, total: order.price * order.count }; };
