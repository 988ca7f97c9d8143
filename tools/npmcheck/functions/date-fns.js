// Says when a subscription ends.
import { addMonths, differenceInCalendarDays, format, parseISO } from "date-fns";

export default (msg) => {
  const from = parseISO(msg.json().from);
  const to = addMonths(from, 1);
  return { ends: format(to, "EEEE, d MMMM yyyy"), days: differenceInCalendarDays(to, from) };
};
