// Routes requests that come as messages: the subject's rest is the path.
import { Hono } from "hono";

const app = new Hono();
app.get("/books/:id", (c) => c.json({ book: c.req.param("id"), page: c.req.query("page") }));
app.post("/books", async (c) => {
  const book = await c.req.json();
  return c.json({ made: book.title }, 201);
});
app.notFound((c) => c.text("nothing there", 404));

export default (msg) => {
  const { method, path, body } = msg.json();
  return app.fetch(new Request("http://books" + path, { method, body: body && JSON.stringify(body) }));
};
