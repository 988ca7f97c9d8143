// Runs each night, once in the whole cluster; see nightly.yaml. By hand there is no due time.
export default function (msg) {
  const due = msg.headers.get("schedule-due");
  console.log(due ? `the report of ${due}` : "a report by hand");
  return { due, day: (due ?? new Date().toISOString()).slice(0, 10) };
}
