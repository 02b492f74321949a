// An RPC endpoint that passes everything on to a node and, when told to, leaves logs out of its
// answers or says that they are of other blocks.
import { createServer } from "node:http";

export class Liar {
  #keepsLog = () => true;
  #receiptsToo = false;
  #unknown = [];
  #misplaces = false;

  /// `target` is "host:port". It speaks HTTP only.
  static async before(lab, target) {
    const liar = new Liar();
    liar.target = `http://${target}`;
    liar.told = 0;
    liar.server = createServer((request, response) => liar.#answer(request, response));
    await new Promise((resolve) => liar.server.listen(0, "127.0.0.1", resolve));
    liar.endpoint = { http: `http://127.0.0.1:${liar.server.address().port}` };
    return lab.keep(liar);
  }

  /// From now on every log is missing, from lists of logs as from receipts; `told` counts those
  /// answers.
  omitLogs() {
    this.#keepsLog = () => false;
    this.#receiptsToo = true;
  }

  /// From now on each `n`-th log is missing from lists of logs; receipts stay as they are.
  omitSomeLogs(n) {
    let seen = 0;
    this.#keepsLog = () => ++seen % n !== 0;
    this.#receiptsToo = this.#misplaces = false;
  }

  /// From now on each log of a list names another block's hash, and no log is missing.
  misplaceLogs() {
    this.tellTheTruth();
    this.#misplaces = true;
  }

  /// These methods are none of its own, from now on.
  lacks(...methods) {
    this.#unknown = methods;
  }

  tellTheTruth() {
    this.#keepsLog = () => true;
    this.#misplaces = false;
  }

  async #answer(request, response) {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const asked = Buffer.concat(parts);
      const answer = await fetch(this.target, {
        method: "POST", headers: { "content-type": "application/json" }, body: asked,
      });
      const text = await answer.text();
      response.setHeader("content-type", "application/json");
      response.end(this.#told(JSON.parse(asked), text));
    } catch {
      response.destroy();
    }
  }

  #told(asked, text) {
    const methods = new Map([asked].flat().map(({ id, method }) => [id, method]));
    const answers = JSON.parse(text);
    for (const answer of [answers].flat()) {
      const method = methods.get(answer.id);
      if (this.#unknown.includes(method)) {
        delete answer.result;
        answer.error = { code: -32601, message: `the method ${method} does not exist` };
      }
      if (!Array.isArray(answer.result)) continue;
      const before = JSON.stringify(answer.result);
      if (method === "eth_getLogs") answer.result = answer.result.filter(this.#keepsLog);
      if (method === "eth_getLogs" && this.#misplaces) {
        for (const log of answer.result) log.blockHash = `0x${log.blockHash.slice(4)}00`;
      }
      if (method === "eth_getBlockReceipts" && this.#receiptsToo) {
        for (const receipt of answer.result) receipt.logs = receipt.logs.filter(this.#keepsLog);
      }
      if (JSON.stringify(answer.result) !== before) this.told++;
    }
    return JSON.stringify(answers);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
