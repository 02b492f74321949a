// A JSON-RPC endpoint that passes everything on to an honest node and changes some answers.
import { createServer, request } from "node:http";

export class Liar {
  #agreed = (method, result) => result;

  /// `target` is "host:port".
  static async before(lab, target) {
    const liar = new Liar();
    [liar.host, liar.port] = target.split(":");
    liar.server = createServer((asked, answer) => liar.#serve(asked, answer));
    await new Promise((resolve) => liar.server.listen(0, "127.0.0.1", resolve));
    liar.address = `127.0.0.1:${liar.server.address().port}`;
    return lab.keep(liar);
  }

  /// From now on, `how(method, result, params)` is what is answered instead of `result`.
  lie(how) {
    this.#agreed = how;
  }

  /// eth_getLogs leaves out every `n`-th log; receipts stay as they are.
  leaveOutLogs(n) {
    let seen = 0;
    this.lied = 0;
    this.lie((method, result) => {
      if (method !== "eth_getLogs" || !Array.isArray(result)) return result;
      const kept = result.filter(() => ++seen % n !== 0);
      this.lied += result.length - kept.length;
      return kept;
    });
  }

  async #serve(asked, answer) {
    const body = await read(asked);
    const calls = JSON.parse(body);
    const honest = JSON.parse(await this.#pass(body));
    const changed = ({ method, params }, one) =>
      "result" in one ? { ...one, result: this.#agreed(method, one.result, params) } : one;
    const told = Array.isArray(honest)
      ? honest.map((one) => changed(calls.find(({ id }) => id === one.id), one))
      : changed(calls, honest);
    answer.writeHead(200, { "content-type": "application/json" });
    answer.end(JSON.stringify(told));
  }

  #pass(body) {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const options = { host: this.host, port: this.port, method: "POST", path: "/", headers };
      const passed = request(options, (reply) => read(reply).then(resolve, reject));
      passed.on("error", reject);
      passed.end(body);
    });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
