export default () => {
  const orders = [];
  for (let i = 0; i < 200; i++) orders.push({ id: i, name: "item " + i, tags: ["a", "b", String(i)], price: i * 1.5, open: i % 2 === 0 });
  const back = JSON.parse(JSON.stringify({ orders }));
  return String(back.orders.filter((o) => o.open).reduce((sum, o) => sum + o.price, 0));
};
