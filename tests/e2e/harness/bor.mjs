// An RPC endpoint that tells of state syncs as Bor does (Polygon before PIP-74): in a receipt after
// the block's, of a transaction that is made up, in neither receipts root nor bloom.
import { createRequire } from "node:module";
import { join } from "node:path";
import { hex } from "../../devnet/node_client.mjs";
import { topics } from "./chain.mjs";
import { NodeProxy } from "./node_proxy.mjs";
import { devnet } from "./places.mjs";

const { AbiCoder, concat, keccak256, toBeHex, toUtf8Bytes } =
  createRequire(join(devnet, "package.json"))("ethers");
const encode = (types, values) => AbiCoder.defaultAbiCoder().encode(types, values);
const nobody = `0x${"0".repeat(40)}`;

export class Bor extends NodeProxy {
  #syncs = new Map(); // by the block's hash
  receiptsTell = true;

  /// A block in which `contract` gives `to` so much. The balance is written to the state.
  async sync(chain, contract, to, amount) {
    const place = keccak256(encode(["address", "uint256"], [to, 0]));
    const balance = BigInt(await chain.node.call("eth_getStorageAt", contract, place, "latest"));
    await chain.node.call("anvil_setStorageAt", contract, place, toBeHex(balance + amount, 32));
    const { hash, number } = await chain.mine();
    const receipts = await chain.node.call("eth_getBlockReceipts", hex(number));
    this.#syncs.set(hash, made(hash, number, receipts, contract, to, amount));
    return { hash, number };
  }

  /// Tells the same.
  like(other) {
    this.#syncs = other.#syncs;
  }

  change({ method, params }, { result }) {
    if (!result) return;
    if (method.startsWith("eth_getBlockBy")) {
      const sync = this.#syncs.get(result.hash);
      const whole = params[1] && { hash: sync?.transactionHash, from: nobody, to: nobody };
      if (sync) result.transactions.push(whole || sync.transactionHash);
    }
    if (method === "eth_getBlockReceipts" && this.receiptsTell) {
      const sync = this.#syncs.get(params[0].blockHash ?? params[0]);
      if (sync) result.push(sync);
    }
    if (method === "eth_getLogs") this.#addLogs(params[0], result);
  }

  #addLogs({ blockHash, fromBlock, toBlock, address }, logs) {
    const isAsked = (log) => [address].flat().includes(log.address) && (blockHash
      ? log.blockHash === blockHash
      : Number(fromBlock) <= Number(log.blockNumber) &&
        Number(log.blockNumber) <= Number(toBlock));
    for (const sync of this.#syncs.values()) logs.push(...sync.logs.filter(isAsked));
    logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  }
}

function made(blockHash, number, receipts, contract, to, amount) {
  const place = {
    blockHash, blockNumber: hex(number), transactionIndex: hex(receipts.length),
    transactionHash: keccak256(concat([toUtf8Bytes("matic-bor-receipt-"), toBeHex(number, 8),
      blockHash])),
  };
  const log = {
    ...place, address: contract.toLowerCase(), removed: false,
    logIndex: hex(receipts.flatMap(({ logs }) => logs).length),
    topics: [topics.transfer, encode(["address"], [nobody]), encode(["address"], [to])],
    data: toBeHex(amount, 32),
  };
  return { ...place, type: "0x0", status: "0x1", from: nobody, to: nobody, contractAddress: null,
    cumulativeGasUsed: receipts.at(-1)?.cumulativeGasUsed ?? "0x0", gasUsed: "0x0",
    effectiveGasPrice: "0x0", logsBloom: `0x${"0".repeat(512)}`, logs: [log] };
}
