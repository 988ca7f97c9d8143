// What an error's stack tells of the host's files.
export default function probe() {
  const stack = String(new Error("x").stack);
  return /(^|[( ])(file:\/\/)?\/[a-zA-Z]/m.test(stack) ? "paths of the host" : "no paths of the host";
}
