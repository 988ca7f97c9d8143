// Within the rest, each group is made when it is first touched.

// once makes a value when it is first asked for. Asked with true, it makes nothing
// and may return undefined: what was never made has no objects either.
function once(make) {
  let value;
  return (peek) => (value === undefined && peek !== true ? (value = make()) : value);
}
