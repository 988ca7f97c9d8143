import { customAlphabet, nanoid } from "nanoid";

const short = customAlphabet("abc", 5);
export default () => ({ id: nanoid(), short: short() });
