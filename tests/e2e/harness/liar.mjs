// An RPC endpoint that passes everything on to a node and, when told to, leaves logs out of its
// answers or says that they are of other blocks.
import { NodeProxy } from "./node_proxy.mjs";

export class Liar extends NodeProxy {
  #keepsLog = () => true;
  #receiptsToo = false;
  #unknown = [];
  #misplaces = false;
  told = 0; // answers that were changed

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

  change({ method }, answer) {
    if (this.#unknown.includes(method)) {
      delete answer.result;
      answer.error = { code: -32601, message: `the method ${method} does not exist` };
    }
    if (!Array.isArray(answer.result)) return;
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
}
