export default { batch(msgs, ctx) { for (const msg of msgs) { if (msg.attempt > 1) msg.reject("twice"); else if (msg.text() === "") msg.retry({ delay: 5 }); } },
  message: (msg) => new Response(msg.bytes(), { status: 201, headers: { a: msg.headers.get("a") } }) };
