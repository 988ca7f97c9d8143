// Counts page views, many in one call: the messages of the stream VIEWS come in batches, and
// one message to tally.views says what a batch adds up to. At least once: where a node dies
// between the publish and the acks, its messages come again, and are counted again.
export default {
  async batch(msgs, ctx) {
    const views: Record<string, number> = {};
    for (const msg of msgs) {
      const page = msg.text();
      if (page.startsWith("/")) views[page] = (views[page] ?? 0) + 1;
      else msg.reject("a page begins with /"); // a dead letter at once; the others are counted
    }
    if (Object.keys(views).length > 0) await ctx.nats.publish("tally.views", views);
  },
};
