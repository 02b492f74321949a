// What a devnet asks of its node besides the Ethereum API, on anvil and on ganache.
import { NodeError } from "./node_client.mjs";

/// The tools of the node behind `node`.
export async function toolsOf(node) {
  const version = await node.call("web3_clientVersion");
  return /ganache/i.test(version) ? new GanacheTools(node) : new AnvilTools(node);
}

class AnvilTools {
  constructor(node) {
    this.node = node;
  }

  setBalance(address, amount) {
    return this.node.call("anvil_setBalance", address, amount);
  }

  setCode(address, code) {
    return this.node.call("anvil_setCode", address, code);
  }

  /// The node will sign for these senders (anvil: for everyone).
  unlock() {
    return this.node.call("anvil_autoImpersonateAccount", true);
  }

  async minesItself() {
    if (await this.node.call("anvil_getAutomine")) return true;
    return Number((await this.node.call("anvil_getIntervalMining")) ?? 0) > 0;
  }
}

class GanacheTools {
  constructor(node) {
    this.node = node;
  }

  setBalance(address, amount) {
    return this.node.call("evm_setAccountBalance", address, amount);
  }

  setCode(address, code) {
    return this.node.call("evm_setAccountCode", address, code);
  }

  async unlock(addresses) {
    for (const address of addresses) {
      await this.node.call("evm_addAccount", address, "");
      const unlocked = await this.node.call("personal_unlockAccount", address, "", 0);
      if (!unlocked) throw new NodeError(`${address} stays locked`);
    }
  }

  /// Only when told: `eth_mining` speaks of work that nobody has to do here.
  async minesItself() {
    return false;
  }
}
