// Uses no package.
export default (msg) => ({ hello: msg.json().name });
