const book = new URLPattern({ pathname: "/books/:id(\\d+)" });
assert(book.test("https://example.com/books/123"));
assert(!book.test("https://example.com/books/abc"));
equal(book.exec("https://example.com/books/123").pathname.groups.id, "123");
const host = new URLPattern("https://*.example.com/*");
equal(host.exec({ hostname: "a.example.com", protocol: "https", pathname: "/x/y" }).pathname.groups[0], "x/y");
assert(new URLPattern("/a/:b?", "http://x/").test("http://x/a"));
throws("TypeError", () => new URLPattern({ pathname: "(" }));
