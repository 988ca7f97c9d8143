// Never ends by itself. The CPU limit ends it: exceeded-cpu.
export default function () {
  for (;;) {}
}
