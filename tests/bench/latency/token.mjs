// The devnet's CPOP on a node that mines when told to, and blocks full of transfers of it.
import { Interface, getCreateAddress, keccak256, toUtf8Bytes } from "../../devnet/node_modules/ethers/lib.esm/index.js";
import { compile } from "../../devnet/compile.mjs";
import { NodeClient, hex } from "../../devnet/node_client.mjs";

const grant = 10n ** 27n;
const amount = 1_234_567_890_123_456_789n;

export class Token {
  /// Deploys it from the node's first account and gives its ten accounts their tokens. They and `receivers`
  /// addresses that nobody has a key of are the wallets.
  static async deploy(url, receivers) {
    const token = new Token();
    token.node = new NodeClient(url);
    token.chainId = Number(await token.node.ready(10));
    const { CPOP } = compile();
    token.contract = new Interface(CPOP.abi);
    token.senders = await token.node.call("eth_accounts");
    const [owner] = token.senders;
    const nonce = Number(await token.node.call("eth_getTransactionCount", owner, "latest"));
    token.address = getCreateAddress({ from: owner, nonce });
    const gas = hex(10_000_000);
    await token.#mined({ from: owner, data: CPOP.bytecode, gas });
    const data = token.contract.encodeFunctionData("mintMany", [token.senders, grant]);
    await token.#mined({ from: owner, to: token.address, data, gas });
    token.receivers = Array.from({ length: receivers }, (_, i) => {
      return `0x${keccak256(toUtf8Bytes(`bench receiver ${i}`)).slice(26)}`;
    });
    token.wallets = [...token.receivers, ...token.senders]
      .map((address, i) => ({ user_id: `user-${i + 1}`, address: address.toLowerCase() }));
    return token;
  }

  async #mined(transaction) {
    const hash = await this.node.call("eth_sendTransaction", transaction);
    await this.node.call("evm_mine");
    const receipt = await this.node.call("eth_getTransactionReceipt", hash);
    if (receipt?.status !== "0x1") throw new Error("the token cannot be set up");
  }

  /// One call of each sender, together to as many different receivers; the first wallet is one of them.
  traffic(transfersPerCall) {
    const calls = this.senders.map((from, i) => {
      const to = this.receivers.slice(i * transfersPerCall, (i + 1) * transfersPerCall);
      return { from, data: this.contract.encodeFunctionData("transferMany", [to, amount]) };
    });
    const wallets = this.wallets.map(({ address }) => address);
    return { chain_id: this.chainId, token: this.address.toLowerCase(), wallets, calls };
  }

  async balanceOf(address) {
    const data = this.contract.encodeFunctionData("balanceOf", [address]);
    return BigInt(await this.node.call("eth_call", { to: this.address, data }, "latest"));
  }

  async blockNumber() {
    return Number(await this.node.call("eth_blockNumber"));
  }
}
