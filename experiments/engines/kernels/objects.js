class Point { constructor(x, y) { this.x = x; this.y = y; } plus(o) { return new Point(this.x + o.x, this.y + o.y); } }
export default () => { let p = new Point(0, 0); const step = new Point(1, 2); for (let i = 0; i < 20000; i++) p = p.plus(step); return p.x + "," + p.y; };
