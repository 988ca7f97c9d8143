const u = new URL("HTTP://user:pa ss@Ex\u00e4mple.com:80/a/../b?x=1&y=%20#h");
equal(u.href, "http://user:pa%20ss@xn--exmple-cua.com/b?x=1&y=%20#h");
equal(u.origin, "http://xn--exmple-cua.com");
equal(u.protocol, "http:");
equal(u.username, "user");
equal(u.password, "pa%20ss");
equal(u.host, "xn--exmple-cua.com");
equal(u.port, "");
equal(u.pathname, "/b");
equal(u.search, "?x=1&y=%20");
equal(u.hash, "#h");
equal(String(u), u.href);
equal(JSON.stringify({ u }), `{"u":"${u.href}"}`);
const set = new URL("http://a.test/");
set.protocol = "https";
set.host = "b.test:8080";
set.pathname = "x y";
set.search = "q=1";
set.hash = "frag";
set.username = "me";
set.password = "p:w";
equal(set.href, "https://me:p%3Aw@b.test:8080/x%20y?q=1#frag");
set.port = "443";
equal(set.port, "");
set.port = "99999";
equal(set.port, "");
set.hostname = "c.test";
set.hash = "";
set.search = "";
equal(set.href, "https://me:p%3Aw@c.test/x%20y");
set.protocol = "mailto";
equal(set.protocol, "https:");
set.href = "http://z.test/?k=v";
equal(set.searchParams.get("k"), "v");
throws("TypeError", () => { set.href = "nope"; }, "Invalid URL");
equal(set.href, "http://z.test/?k=v");

equal(new URL("../c?d", "http://x.test/a/b/").href, "http://x.test/a/c?d");
equal(new URL("//y.test", new URL("https://x.test")).href, "https://y.test/");
equal(new URL("#f", "http://x/\n?q").href, "http://x/?q#f");
equal(new URL("data:text/plain,hi").pathname, "text/plain,hi");
equal(new URL("file:///C|/x").href, "file:///C:/x");
equal(new URL("blob:https://a.test/id").origin, "https://a.test");
equal(new URL("data:x").origin, "null");
equal(new URL("http://[::1]:8080/").host, "[::1]:8080");
equal(new URL("http://0x7f.1/").hostname, "127.0.0.1");
// domain to ASCII: ASCII as it is, whatever a label stands for; the rest by UTS 46
for (const [given, host] of [
  ["XN--pokxncvks.Test", "xn--pokxncvks.test"], ["xn--", "xn--"], ["xn--a.xn--zca", "xn--a.xn--zca"], ["_xn--a.__XN--b._c", "_xn--a.__xn--b._c"],
  ["%78n--a", "xn--a"], ["xn--a.1.2.3.x", "xn--a.1.2.3.x"], ["\u2260.\u2260", "xn--1ch.xn--1ch"], ["=\u0338\ua9c1", "xn--1chy444c"], ["a\u2260b", "xn--ab-miv"],
  ["fa\u00df.de", "xn--fa-hia.de"], ["FA\u1e9e.de", "xn--fa-hia.de"], ["\u10ae\u2183.x", "xn--r5g566b.x"], ["a\u3164b\u2061", "ab"],
  ["\u2477.com", "(4).com"], ["\u2488.1.1.1", null], ["%E2%91%A0.2.3.4", "1.2.3.4"],
  ["12345678901234567890z", "12345678901234567890z"], ["a.0xfffffffffffffffffg", "a.0xfffffffffffffffffg"], ["a._12345678901234567890Z", "a._12345678901234567890z"],
  ["12345678901234567890", null], ["a.0xfffffffffffffffffff", null], ["07777777777777777777777777x.", "07777777777777777777777777x."],
  ["xn--a.\u00df", null], ["xn--te\u0161la", null], ["\u00ad", null], ["xn--a.1", null], ["a%25b", null], ["%2561", null], ["%5B::1%5D", null],
  ["%ff", null], ["%zz", null], ["xn--a b", null], ["\u200d.x", null], ["\u064aa", null], ["\u{10ffff}", null], ["a\u2100b", null],
]) {
  if (host === null) throws("TypeError", () => new URL(`http://${given}/`), "Invalid URL");
  else equal(new URL(`http://${given}/p`).href, `http://${host}/p`);
}
equal(new URL("file://xn--/p").href, "file://xn--/p");
equal(new URL("other://XN--A.\u00df/").hostname, "XN--A.%C3%9F");
const renamed = new URL("https://a.test/");
renamed.hostname = "xn--";
equal(renamed.href, "https://xn--/");
renamed.host = "xn--a.\u00df:1";
equal(renamed.host, "xn--");
equal(new URL("wss://h/^#^").href, "wss://h/%5E#^");
// the spaces that end an opaque path
const opaque = new URL("data:space  ?q#f");
equal(opaque.href, "data:space %20?q#f");
equal(opaque.pathname, "space %20");
opaque.search = opaque.hash = "";
equal(opaque.href, "data:space %20");
equal(new URL("data:x  ").href, "data:x");
equal(new URLSearchParams({ "\ud800x": "1", xx: "2", "\ud801x": "3" }).toString(), "%EF%BF%BDx=3&xx=2");
for (const bad of ["", "x", "http://", "http://a b/", "http://[::", "http://a:99999/", "//x"]) throws("TypeError", () => new URL(bad), "Invalid URL");
throws("TypeError", () => new URL("x", "y"));
throws("TypeError", () => new URL("http://x", ""));
throws("TypeError", () => new URL());
assert(URL.canParse("x", "http://y") && !URL.canParse("x"));
equal(URL.parse("x"), null);
equal(URL.parse("a", "http://b").href, "http://b/a");
throws("TypeError", () => URL("http://x"));
throws("TypeError", () => Object.getOwnPropertyDescriptor(URL.prototype, "href").get.call({}));
throws("TypeError", () => new URL("http://" + "u".repeat(100000) + "@x/"));
equal(new URL("http://x/" + "p".repeat(100000)).pathname.length, 100001);
equal(Object.prototype.toString.call(u), "[object URL]");

const live = new URL("http://x/?a=1&b=2#h");
live.searchParams.append("c", "3 &");
equal(live.href, "http://x/?a=1&b=2&c=3+%26#h");
live.search = "?z=9";
equal(live.searchParams.get("z"), "9");
equal(live.searchParams, live.searchParams);
live.searchParams.delete("z");
equal(live.href, "http://x/#h");
