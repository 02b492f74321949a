// A local chain (anvil) with the devnet's contracts, wallets and traffic.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NodeClient, hex } from "../../devnet/node_client.mjs";
import { devnet } from "./places.mjs";
import { Program, runWell } from "./program.mjs";
import { eventually } from "./waiting.mjs";

const { AbiCoder, Interface, id, keccak256 } =
  createRequire(join(devnet, "package.json"))("ethers");
const fees = { maxFeePerGas: "0x174876e800", maxPriorityFeePerGas: "0x0" };
const answersPerBatch = 200;
const ofHolder = "balanceOf(address)";
const ofHolderAndId = "balanceOf(address,uint256)";
export const gameIds = [1, 2, 3]; // all that the devnet has of GAME
const contract = new Interface([
  "function balanceOf(address) view returns (uint256)",
  "function balanceOf(address, uint256) view returns (uint256)",
  "function transfer(address, uint256)",
  "function transferMany(address[], uint256)",
  "function mint(address, uint256)",
  "function burn(uint256)",
  "event Transfer(address indexed from, address indexed to, uint256 amount)",
]);

export const topics = {
  transfer: id("Transfer(address,address,uint256)"),
  mint: id("Mint(address,uint256)"),
  burn: id("Burn(address,uint256)"),
};

/// Of a contract that was not made yet, nobody has anything.
const amountIn = (answer) => answer === "0x" ? 0n : BigInt(answer);

export class Chain {
  /// With `blockTime` (seconds) the chain mines by itself once the contracts are there; without,
  /// only when told. `args` go to anvil.
  static async start(lab, { blockTime = 0, wallets = 10, args = [], name = "chain" } = {}) {
    const chain = new this(lab, name);
    await chain.startNode(args);
    lab.keep({ close: () => chain.mineEvery(0) });
    await chain.#deploy(wallets);
    await chain.signForAll();
    chain.mineEvery(blockTime);
    return chain;
  }

  constructor(lab, name) {
    Object.assign(this, { lab, name });
  }

  async startNode(args) {
    const log = this.lab.path(`${this.name}.log`);
    this.program = this.lab.keep(new Program(this.name, join(devnet, "anvil"), [
      "--port", "0", "--no-mining", "--max-persisted-states", "5000",
      "--cache-path", this.lab.folder(`${this.name}-states`), ...args,
    ], { log }));
    await this.listening(/^Listening on (\S+)/m);
  }

  /// Waits until the node's output says where it listens.
  async listening(pattern) {
    this.address = await eventually("the chain's address", () => {
      this.program.mustRun();
      return this.program.output().match(pattern)?.[1];
    });
    this.http = `http://${this.address}`;
    this.ws = `ws://${this.address}`;
    this.node = new NodeClient(this.http);
  }

  async #deploy(wallets) {
    const out = this.lab.path(`${this.name}.json`);
    await runWell("node", [join(devnet, "deploy.mjs"), "--rpc", this.http, "--out", out,
      "--wallets", String(wallets)]);
    this.deploymentFile = out;
    Object.assign(this, JSON.parse(readFileSync(out, "utf8")));
  }

  signForAll() {
    return this.node.call("anvil_autoImpersonateAccount", true);
  }

  /// `seconds` may be a fraction; 0 stops, and a block that is being mined is waited for.
  async mineEvery(seconds) {
    clearInterval(this.miner);
    let busy = false; // blocks do not overtake each other on a slow machine
    const mineNext = () => {
      if (busy) return;
      busy = true;
      this.mining = this.mine().catch(() => {}).finally(() => (busy = false));
    };
    if (seconds > 0) this.miner = setInterval(mineNext, seconds * 1000);
    await this.mining;
  }

  /// Mines blocks; the newest one.
  async mine(count = 1) {
    for (let i = 0; i < count; i++) await this.node.call("evm_mine");
    return this.head();
  }

  async head() {
    return this.block("latest");
  }

  /// {number, hash, parent} by number or tag; null when there is none.
  async block(which) {
    const tag = typeof which === "string" ? which : hex(which);
    const block = await this.node.call("eth_getBlockByNumber", tag, false);
    if (!block) return null;
    return { number: Number(block.number), hash: block.hash, parent: block.parentHash };
  }

  /// Sends a transaction of any account; its hash.
  async send(from, to, data, fields = {}) {
    const transaction = { from, to, data, gas: hex(1_000_000), ...fees, ...fields };
    return this.node.call("eth_sendTransaction", transaction);
  }

  transfer(token, from, to, amount) {
    return this.send(from, token, contract.encodeFunctionData("transfer", [to, amount]));
  }

  transferMany(from, receivers, amount) {
    const data = contract.encodeFunctionData("transferMany", [receivers, amount]);
    return this.send(from, this.cpop, data, { gas: hex(200_000 + 60_000 * receivers.length) });
  }

  /// A CPOP transfer as a transaction that is not sent.
  transferRequest(from, to, amount) {
    const data = contract.encodeFunctionData("transfer", [to, amount]);
    return { from, to: this.cpop, data, gas: hex(1_000_000), ...fees };
  }

  /// Replaces the newest `depth` blocks by as many others; the first one has these transactions.
  reorg(depth, requests) {
    return this.node.call("anvil_reorg", depth, requests.map((request) => [request, 0]));
  }

  /// Changes what a holder of an ERC-20 has, and no event tells of it. What waits to be mined is
  /// executed after it. OpenZeppelin's ERC20 has the balances in its first slot.
  async setBalance(token, holder, amount) {
    const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [holder, 0]));
    const value = `0x${amount.toString(16).padStart(64, "0")}`;
    await this.node.call("anvil_setStorageAt", token, slot, value);
  }

  mint(token, to, amount) {
    return this.send(this.deployer, token, contract.encodeFunctionData("mint", [to, amount]));
  }

  burn(from, amount) {
    return this.send(from, this.cpop, contract.encodeFunctionData("burn", [amount]));
  }

  /// `at` is a block's hash, number or tag. Without a token: the native balance.
  async balanceOf(token, address, at = "latest") {
    return (await this.balances([{ token, address, at }]))[0];
  }

  /// Of `{token, address, at}`, in their order, as BigInt.
  async balances(questions) {
    const reads = questions.map((question) => this.#readsOf(question));
    const answers = await this.answers(reads.flat());
    let next = 0;
    return reads.map((some) => some.reduce((sum) => sum + amountIn(answers[next++]), 0n));
  }

  /// The calls whose answers sum to the balance: one, or one for each id of the collection GAME.
  #readsOf({ token, address, at }) {
    if (!token) return [["eth_getBalance", [address, this.tag(at)]]];
    if (token === this.game) return gameIds.map((id) => this.gameRead(address, id, at));
    return [this.read(token, contract.encodeFunctionData(ofHolder, [address]), at)];
  }

  gameRead(address, id, at = "latest") {
    return this.read(this.game, contract.encodeFunctionData(ofHolderAndId, [address, id]), at);
  }

  read(to, data, at = "latest") {
    return ["eth_call", [{ to, data }, this.tag(at)]];
  }

  /// How this node is asked for a block, by its hash, number or tag.
  tag(at) {
    if (typeof at === "number") return hex(at);
    return /^0x[0-9a-f]{64}$/i.test(at) ? { blockHash: at } : at;
  }

  /// Hashes of the canonical blocks of these numbers, by number.
  async hashes(numbers) {
    const each = [...new Set(numbers)];
    const calls = each.map((number) => ["eth_getBlockByNumber", [hex(number), false]]);
    const blocks = await this.answers(calls);
    return new Map(each.map((number, i) => [number, blocks[i]?.hash]));
  }

  /// The results of `[method, params]` pairs, in their order.
  async answers(calls) {
    const results = [];
    for (let i = 0; i < calls.length; i += answersPerBatch) {
      for (const answer of await this.node.batch(calls.slice(i, i + answersPerBatch))) {
        if (answer.error) throw new Error(`the chain: ${answer.error.message}`);
        results.push(answer.result);
      }
    }
    return results;
  }

  /// All logs of a contract in these blocks, in order.
  logs(address, fromBlock, toBlock) {
    const range = { address, fromBlock: hex(fromBlock), toBlock: hex(toBlock) };
    return this.node.call("eth_getLogs", range);
  }

  /// Steady random traffic until `stop()`, which gives its counts; `kinds` is as in traffic.mjs.
  traffic({ tps = 30, seed = 1, kinds = "" } = {}) {
    const log = this.lab.path(`traffic-${seed}.log`);
    const program = this.lab.keep(new Program("traffic", "node", [
      join(devnet, "traffic.mjs"), "--rpc", this.http, "--deployment", this.deploymentFile,
      "--tps", String(tps), "--seed", String(seed), "--kinds", kinds,
    ], { log }));
    return {
      stop: async () => {
        const { code } = await program.end("SIGTERM");
        if (code !== 0) throw new Error(`the traffic failed:\n${program.output()}`);
        return JSON.parse(program.output().trimEnd().split("\n").at(-1));
      },
    };
  }
}

/// A Transfer log's {from, to, amount}.
export function readTransfer(log) {
  return contract.decodeEventLog("Transfer", log.data, log.topics).toObject();
}
