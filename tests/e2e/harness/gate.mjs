// A TCP gate before a server: it lets everything through (at once or late), holds it back, or lets
// nobody in.
import { connect, createServer } from "node:net";

export class Gate {
  #mode = "open";
  #pairs = new Set();
  #delay = 0;

  /// `target` is "host:port".
  static async before(lab, target) {
    const gate = new Gate();
    [gate.host, gate.port] = target.split(":");
    gate.server = createServer((caller) => gate.#enter(caller));
    await new Promise((resolve) => gate.server.listen(0, "127.0.0.1", resolve));
    gate.address = `127.0.0.1:${gate.server.address().port}`;
    return lab.keep(gate);
  }

  /// Everything passes.
  open() {
    this.#mode = "open";
    for (const { caller, server } of this.#pairs) {
      caller.resume();
      server.resume();
    }
  }

  /// From now on, answers come `ms` later than they were given.
  slow(ms) {
    this.#delay = ms;
  }

  /// Connections are cut, and new ones too.
  shut() {
    this.#mode = "shut";
    for (const pair of this.#pairs) this.#cut(pair);
  }

  /// Connections stand and new ones are taken, but nothing comes through until `open`.
  stall() {
    this.#mode = "stall";
    for (const { caller, server } of this.#pairs) {
      caller.pause();
      server.pause();
    }
  }

  #enter(caller) {
    if (this.#mode === "shut") {
      caller.resetAndDestroy();
      return;
    }
    const server = connect(Number(this.port), this.host);
    const pair = { caller, server, due: 0 };
    this.#pairs.add(pair);
    caller.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      const now = performance.now();
      pair.due = Math.max(pair.due, now + this.#delay);  // never out of order
      if (pair.due <= now) caller.write(bytes);
      else setTimeout(() => caller.write(bytes), pair.due - now);
    });
    for (const from of [caller, server]) {
      from.on("error", () => this.#cut(pair));
      from.on("close", () => this.#cut(pair));
    }
    if (this.#mode === "stall") {
      caller.pause();
      server.pause();
    }
  }

  #cut(pair) {
    this.#pairs.delete(pair);
    pair.caller.destroy();
    pair.server.destroy();
  }

  close() {
    this.shut();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
