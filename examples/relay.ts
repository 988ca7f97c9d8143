// NATS from inside: asks another function, counts in a bucket, and publishes what came of
// it. A second attempt of the same call publishes nothing twice (Nats-Msg-Id).
export default async function (msg, ctx) {
  const { name } = msg.json();
  const hello = (await ctx.nats.request("fn.hello", { name }, { timeout: 5000 })).json();
  const greeted = { ...hello, count: await count(ctx.kv("greetings"), name) };
  await ctx.nats.publish("greetings.made", greeted);
  return greeted;
}

// count adds one to a key. Who was slower than another one has a conflict, and tries again.
async function count(bucket, key) {
  for (;;) {
    const entry = await bucket.get(key);
    try {
      if (entry === null) await bucket.create(key, 1);
      else await bucket.update(key, entry.json() + 1, entry.revision);
      return entry === null ? 1 : entry.json() + 1;
    } catch (e) {
      if (e.name !== "ConflictError") throw e;
    }
  }
}
