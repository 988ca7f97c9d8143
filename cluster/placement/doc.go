// Package placement decides which member of a cluster gets what: shares of a wished
// total (Shares), the owner of a grain (Owner), the peer that takes a call over (Pick).
//
// Every function is pure: no clock, no IO, no state, no random numbers of its own. Two
// members that see the same membership compute the same answer, in whatever order they
// hold it, so nothing has to be agreed on. Where they see different memberships for a
// while, they differ for a while: whoever needs more than that needs a lease
// (cluster/lease).
//
//	shares := placement.Shares(12, members)          // {"a": 6, "b": 3, "c": 3}
//	owner, ok := placement.Owner("cron", id, members) // the same on every member
//	i, ok := placement.Pick(rand.IntN, candidates)    // the roomier of two at random
//
// # What moves
//
// Shares are D'Hondt's apportionment (Jefferson's, highest averages): unit by unit, each
// to the member that would be the least crowded with it, units for each weight. It is
// chosen over largest remainders because of what it promises, which the tests hold it to:
//
//   - the most crowded member is as little crowded as it can be; no other apportionment
//     has a smaller maximum of share / weight;
//   - nobody gets less than its exact quota rounded down;
//   - one more unit goes to one member, and is taken from none;
//   - when a member goes, exactly its share moves, to the others, and nothing between
//     them; when it comes back, exactly that comes back. No apportionment moves less;
//   - a member whose weight grows loses nothing, and the others gain nothing.
//
// Owner is weighted rendezvous hashing: when a member goes, only its identities move.
//
// All functions are safe for concurrent use. They keep nothing of what they are given.
package placement
