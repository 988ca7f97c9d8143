// What the page needs besides htmx: keys, and a word where the node does not answer.
"use strict";
document.addEventListener("keydown", (e) => {
  const area = e.target instanceof HTMLTextAreaElement;
  if (area && e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    e.target.form.requestSubmit();
  } else if (e.key === "/" && !area && !(e.target instanceof HTMLInputElement)) {
    const q = document.getElementById("q");
    if (q) { e.preventDefault(); q.focus(); }
  }
});
const offline = (yes) => { document.getElementById("offline").hidden = !yes; };
document.addEventListener("htmx:sseOpen", () => offline(false));
document.addEventListener("htmx:sseError", () => offline(true));
document.addEventListener("htmx:sendError", () => offline(true));
