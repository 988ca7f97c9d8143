// The rest of the Web's APIs, which is made when something of it is first asked for:
// makeWeb is what the files in the folder web say. Like all that is made late it uses
// what primordials captured, and nothing that a function could have changed.
let made;

// web makes the rest. Asked with true, it makes nothing and may return undefined: what
// was never made has no objects either.
function web(peek) {
  if (made === undefined && peek !== true) made = makeWeb();
  return made;
}
