equal(btoa(""), "");
equal(btoa("a"), "YQ==");
equal(btoa("ab"), "YWI=");
equal(btoa("abc"), "YWJj");
equal(btoa("\xff\xfe\x00"), "//4A");
equal(btoa(undefined), "dW5kZWZpbmVk");
equal(throws("InvalidCharacterError", () => btoa("€")).code, 5);
throws("TypeError", () => btoa());
equal(atob("YWJj"), "abc");
equal(atob(" Y W\nJ\tj\f\r"), "abc");
equal(atob("YQ"), "a");
equal(atob("YQ=="), "a");
equal(atob("YWI"), "ab");
equal(atob(""), "");
equal(atob(null), "\x9e\xe9\x65");
for (const bad of ["Y", "YQ=", "=", "====", "YQ===", "YWJj=", "Y-Q=", "YQ==YQ==", "YQ=Q", "ab\u00a0cd", "abcde"]) {
  throws("InvalidCharacterError", () => atob(bad));
}
let all = "";
for (let i = 0; i < 100000; i++) all += String.fromCharCode(i % 256);
equal(atob(btoa(all)), all);
