// Checks an order, and says what is wrong with it.
import { z } from "zod";

const Order = z.object({
  id: z.uuid(),
  items: z.array(z.object({ sku: z.string().min(1), price: z.number().positive() })).nonempty(),
  note: z.string().max(10).optional(),
});

export default (msg) => {
  const { success, data, error } = Order.safeParse(msg.json());
  return success ? { total: data.items.reduce((sum, i) => sum + i.price, 0) } : { wrong: error.issues.map((i) => i.path.join(".")) };
};
