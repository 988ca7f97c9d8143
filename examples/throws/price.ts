interface Order {
  items: { price: number }[];
}

export function price(order: unknown): number {
  return (order as Order).items.reduce((sum, item) => sum + item.price, 0);
}
