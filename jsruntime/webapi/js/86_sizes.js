// The engine aborts the process where a built-in wants a list that is longer than any
// list can be, and takes memory that no limit counts for a nesting without an end. These
// ask before it does.
const MAX_LIST = 2 ** 26;
const { sort: nativeSort, toSorted: nativeToSorted } = ArrayPrototype;
const nativeSplit = String.prototype.split;

// checkLength refuses a receiver that only says that it is long.
function checkLength(receiver, where) {
  if (receiver === undefined || receiver === null || isArray(receiver)) return;
  const length = +receiver.length;
  if (length > MAX_LIST) throw new RangeErrorCtor(`${where}: a length of ${length} is more than can be sorted`);
}

// checkParts refuses to split text into more parts than a list can hold.
function checkParts(text, separator) {
  let parts = 1;
  if (separator === "") parts = text.length;
  else for (let at = 0; parts <= MAX_LIST && (at = strIndexOf(text, separator, at)) >= 0; at += separator.length) parts++;
  if (parts > MAX_LIST) throw new RangeErrorCtor(`String.prototype.split: more than ${MAX_LIST} parts are more than a list can hold: give a limit`);
}

// What is shorter than MAX_UNCHECKED cannot be nested so deeply that it matters.
const MAX_UNCHECKED = 2 ** 21, MAX_DEPTH = 2 ** 20;

// checkDepth refuses JSON that is nested too deeply. Brackets within strings do not count;
// what is no JSON is the parser's to refuse.
function checkDepth(text) {
  const { length } = text;
  let depth = 0;
  for (let i = 0; i < length; i++) {
    switch (charCodeAt(text, i)) {
      case 0x22: // a string: to the next quote that has an even number of backslashes before it
        for (;;) {
          i = strIndexOf(text, '"', i + 1);
          if (i < 0) return;
          let before = i;
          while (charCodeAt(text, before - 1) === 0x5c) before--;
          if ((i - before) % 2 === 0) break;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > MAX_DEPTH) throw new RangeErrorCtor(`JSON.parse: nested more than ${MAX_DEPTH} deep`);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
}

const sized = {
  parse(text, reviver) {
    const source = typeof text === "string" ? text : `${text}`;
    if (source.length > MAX_UNCHECKED) checkDepth(source);
    return nativeParse(source, reviver);
  },
  sort(compare) {
    checkLength(this, "Array.prototype.sort");
    return apply(nativeSort, this, [compare]);
  },
  toSorted(compare) {
    checkLength(this, "Array.prototype.toSorted");
    if (isArray(this) && this.length > MAX_LIST) throw new RangeErrorCtor(`Array.prototype.toSorted: a length of ${this.length} is more than can be sorted`);
    return apply(nativeToSorted, this, [compare]);
  },
  split(separator, limit) {
    if (typeof this === "string" && this.length > MAX_LIST && typeof separator === "string" && (limit === undefined || limit > MAX_LIST)) {
      checkParts(this, separator);
    }
    return apply(nativeSplit, this, [separator, limit]);
  },
};
const jsonParse = sized.parse;
defineHidden(JSON, "parse", jsonParse);
defineHidden(ArrayPrototype, "sort", sized.sort);
if (nativeToSorted !== undefined) defineHidden(ArrayPrototype, "toSorted", sized.toSorted);
defineHidden(String.prototype, "split", sized.split);
