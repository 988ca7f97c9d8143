import { nothing } from "./none.ts";
nothing();
