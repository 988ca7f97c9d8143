// An account for each key: its messages are handled one after the other, in the order of the
// stream, on whichever member; other accounts go on meanwhile. The state is committed with the
// message, or not at all, and a message that comes again is not counted again.
interface State {
  balance: number;
  entries: number;
}

export default class Account {
  async message(msg, ctx) {
    const { amount } = msg.json();
    if (!Number.isSafeInteger(amount)) throw new TypeError("amount is a whole number of cents");
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
