// Is there SharedArrayBuffer, with which a clock of any resolution can be built?
export default function probe() {
  return typeof SharedArrayBuffer === "function" ? "available" : "absent";
}
