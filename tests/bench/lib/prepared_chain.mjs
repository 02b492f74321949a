// A prepared chain and the node that serves it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./processes.mjs";

export class PreparedChain {
  constructor({ bin, folder }, name) {
    this.replayNode = bin("bench_replay_node");
    this.folder = join(folder, `chain-${name}`);
    Object.assign(this, JSON.parse(readFileSync(join(this.folder, "chain.json"), "utf8")));
    this.lastTransfer = this.head - 128;
    this.wallets = readFileSync(join(this.folder, "wallets.csv"), "utf8").trim().split("\n")
      .map((line) => {
        const [user_id, address] = line.split(",");
        return { user_id, address };
      });
  }

  async serve({ head = this.head, cpu } = {}) {
    const command = [this.replayNode, this.folder, String(head)];
    this.child = new Child("replay node", command, { cpu, log: join(this.folder, "replay.log") });
    const [, address] = await this.child.said(/listening on (\S+)\n/, 60);
    this.url = `http://${address}`;
  }

  async call(method, params) {
    const [answer] = await this.batch([{ method, params }]);
    return answer;
  }

  async batch(calls) {
    const body = calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }));
    const answers = await fetch(this.url, { method: "POST", body: JSON.stringify(body) })
      .then((response) => response.json());
    return answers.map((answer) => {
      if (answer.error) throw new Error(answer.error.message);
      return answer.result;
    });
  }

  async moveHead(head) {
    await fetch(`${this.url}/head/${head}`);
  }

  async statistics() {
    return fetch(`${this.url}/statistics`).then((response) => response.json());
  }

  /// What balanceOf says of every wallet at the head, by address.
  async balances() {
    const found = new Map();
    for (let i = 0; i < this.wallets.length; i += 500) {
      const some = this.wallets.slice(i, i + 500);
      const calls = some.map(({ address }) => {
        const data = `0x70a08231${address.slice(2).toLowerCase().padStart(64, "0")}`;
        return { method: "eth_call", params: [{ to: this.token.toLowerCase(), data }, "latest"] };
      });
      const answers = await this.batch(calls);
      some.forEach(({ address }, at) => found.set(address.toLowerCase(), BigInt(answers[at])));
    }
    return found;
  }

  /// An entry of the daemon's configuration. Its headers are no proof of anything.
  config(startBlock, others = "") {
    return `{chain_id: ${this.chain_id}, name: prepared, rpc: [{http: "${this.url}"}],
     start_block: ${startBlock}, finality: tags, ${others} tokens: [{token_id: 1, kind: erc20, symbol: CPOP,
     decimals: 18, sync_class: cpop, address: "${this.token}"}]}`;
  }
}
