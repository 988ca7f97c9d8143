// The engine aborts the process where a built-in wants a list that is longer than any
// list can be. These ask before it does.
const MAX_LIST = 2 ** 26;
const { sort: nativeSort, toSorted: nativeToSorted } = ArrayPrototype;
const nativeSplit = String.prototype.split;

// checkLength refuses a receiver that only says that it is long.
function checkLength(receiver, where) {
  if (receiver === undefined || receiver === null || isArray(receiver)) return;
  const length = +receiver.length;
  if (length > MAX_LIST) throw new RangeErrorCtor(`${where}: a length of ${length} is more than can be sorted`);
}

const sized = {
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
    if (typeof this === "string" && this.length > MAX_LIST && separator === "" && (limit === undefined || limit > MAX_LIST)) {
      throw new RangeErrorCtor(`String.prototype.split: ${this.length} parts are more than a list can hold`);
    }
    return apply(nativeSplit, this, [separator, limit]);
  },
};
defineHidden(ArrayPrototype, "sort", sized.sort);
if (nativeToSorted !== undefined) defineHidden(ArrayPrototype, "toSorted", sized.toSorted);
defineHidden(String.prototype, "split", sized.split);
