// The same chain on another EVM client: ganache. It has no eth_getBlockReceipts, knows blocks by
// number only where state is asked for, and calls its newest block final.
import { join } from "node:path";
import { hex } from "../../devnet/node_client.mjs";
import { Chain } from "./chain.mjs";
import { freePort } from "./lab.mjs";
import { devnet } from "./places.mjs";
import { Program } from "./program.mjs";

const defaultChainId = 31339;

export class GanacheChain extends Chain {
  #numbers = new Map(); // of blocks that were seen, by hash
  #snapshots = new Map(); // by the number of the block that was the newest, if mined by `mine`
  #seconds = 0;

  async startNode(args) {
    const port = await freePort();
    this.program = this.lab.keep(new Program(this.name, "node", [
      join(devnet, "node_modules/ganache/dist/node/cli.js"), "--server.host", "127.0.0.1",
      "--server.port", String(port), "--chain.chainId", String(defaultChainId),
      "--wallet.defaultBalance", "1000000", "--miner.instamine", "strict", ...args,
    ], { log: this.lab.path(`${this.name}.log`) }));
    await this.listening(/^RPC Listening on (\S+)/m);
    await this.node.call("miner_stop"); // from now on it mines when told
  }

  signForAll() {
    return undefined; // the traffic unlocks those that send
  }

  async mine(count = 1) {
    for (let i = 0; i < count; i++) {
      const { number } = await this.head();
      this.#snapshots.set(number, await this.node.call("evm_snapshot"));
      await this.node.call("evm_mine");
    }
    return this.head();
  }

  async block(which) {
    const block = await super.block(which);
    if (block) this.#numbers.set(block.hash, block.number);
    return block;
  }

  async hashes(numbers) {
    const hashes = await super.hashes(numbers);
    for (const [number, hash] of hashes) this.#numbers.set(hash, number);
    return hashes;
  }

  tag(at) {
    const tag = super.tag(at);
    return tag.blockHash ? hex(this.#numbers.get(tag.blockHash)) : tag;
  }

  /// Replaces the newest `depth` blocks by as many others.
  async reorg(depth, requests) {
    const { number } = await this.head();
    const common = number - depth;
    const snapshot = this.#snapshots.get(common);
    if (!snapshot || !(await this.node.call("evm_revert", snapshot))) {
      throw new Error(`there is no way back to block ${common}`);
    }
    for (const later of this.#snapshots.keys()) {
      if (later >= common) this.#snapshots.delete(later);
    }
    await this.node.call("evm_increaseTime", ++this.#seconds); // no block is as it was before
    for (const request of requests) await this.node.call("eth_sendTransaction", request);
    return this.mine(depth);
  }
}
