import { chunk, debounce, groupBy, mapValues, merge, sortBy } from "lodash-es";

export default async (msg) => {
  const people = msg.json();
  const byCity = mapValues(groupBy(people, "city"), (list) => sortBy(list, "age").map((p) => p.name));
  let calls = 0;
  const once = debounce(() => calls++, 5);
  once();
  once();
  await new Promise((r) => setTimeout(r, 20));
  return { byCity, pairs: chunk([1, 2, 3], 2), merged: merge({ a: { b: 1 } }, { a: { c: 2 } }), calls };
};
