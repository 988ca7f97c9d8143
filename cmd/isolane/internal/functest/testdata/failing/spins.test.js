import { it } from "isolane/test"; it("spins", () => { for (;;); });
