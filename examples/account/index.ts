// An account for each key: its messages are handled one after the other, in the order of the
// stream, on whichever member; other accounts go on meanwhile. The state is committed with the
// message, or not at all, and a message that comes again is not counted again.
//
// A message with "to" moves money: the other account is called, which has the amount when its
// state is committed. If this account's turn fails after that, it makes the same call again when
// the message comes again, and the other account answers it without counting it twice. If it gives
// up, there is a dead letter: look whether the other account has the amount.
interface State {
  balance: number;
  entries: number;
}

export default class Account {
  async message(msg, ctx) {
    const { amount, to } = msg.json();
    if (!Number.isSafeInteger(amount)) throw new TypeError("amount is a whole number of cents");
    if (to !== undefined && !(amount > 0)) throw new RangeError("more than nothing is moved");
    if (to === undefined) return await this.#enter(amount, ctx);
    const after = await this.#enter(-amount, ctx);
    if (after.refused === undefined) await ctx.call("account", to, "credit", { amount });
    return after;
  }

  // credit is for other accounts, by ctx.call.
  async credit({ amount }, ctx) {
    if (!(amount > 0)) throw new RangeError("an account is credited with more than nothing");
    return await this.#enter(amount, ctx);
  }

  // Whatever begins with # or _ nobody else can call.
  async #enter(amount: number, ctx) {
    const state: State = (await ctx.state.get()) ?? { balance: 0, entries: 0 };
    if (state.balance + amount < 0) {
      return { account: ctx.key, refused: `a balance of ${state.balance} is too little` };
    }
    state.balance += amount;
    state.entries++;
    await ctx.state.put(state);
    return { account: ctx.key, ...state };
  }
}
