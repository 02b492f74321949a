// Deploys the devnet's contracts to a node (anvil or ganache) and funds its wallets. Writes the addresses and
// keys to a JSON file once all of it is mined:
//   {chain_id, block_number, deployer, cpop, usdt, art, game, multicall3,
//    wallets: [{user_id, address, private_key}]}
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Interface, getCreateAddress, parseEther, parseUnits } from "ethers";
import { readArguments, wholeNumber } from "./arguments.mjs";
import { compile, defaultOut } from "./compile.mjs";
import { NodeClient, hex, pause } from "./node_client.mjs";
import { toolsOf } from "./node_tools.mjs";
import { makeWallets } from "./wallets.mjs";

const usage = "usage: deploy.mjs --rpc URL --out FILE.json [--wallets 20] [--artifacts DIR]";
const multicall3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
const contracts = { cpop: "CPOP", usdt: "TestUSDT", art: "ART", game: "GAME" };
const walletsPerCall = 20; // with all their grants well within one block's gas: anvil loses more
const minedWithinSeconds = 60;
// Far above the base fee, which full blocks raise.
const fees = { maxFeePerGas: "0x174876e800", maxPriorityFeePerGas: "0x0" };

/// What each wallet starts with.
const grant = {
  ether: parseEther("100"),
  cpop: parseEther("10000"),
  usdt: parseUnits("5000", 6),
  artworks: 2,
  game: [[1, 2, 3], [100, 100, 100]],
};

/// Transactions of one unlocked account, with nonces known in advance: many fit in one block.
class Sender {
  #nonce;
  #sent = [];
  #lastBlock = 0;

  constructor(node, tools, from, nonce) {
    Object.assign(this, { node, tools, from });
    this.#nonce = nonce;
  }

  async send(what, gas, fields) {
    const nonce = this.#nonce++;
    const transaction = { from: this.from, nonce: hex(nonce), gas: hex(gas), ...fees, ...fields };
    this.#sent.push({ what, hash: await this.node.call("eth_sendTransaction", transaction) });
    return getCreateAddress({ from: this.from, nonce });
  }

  /// Waits until everything sent is mined; throws at the first that reverted. The last block.
  async mined() {
    const end = Date.now() + minedWithinSeconds * 1000;
    const minesItself = await this.tools.minesItself();
    for (const { what, hash } of this.#sent.splice(0)) {
      let receipt;
      while (!(receipt = await this.node.call("eth_getTransactionReceipt", hash))) {
        if (Date.now() > end) throw new Error(`${what} was not mined in ${minedWithinSeconds} s`);
        if (minesItself) await pause(50);
        else await this.node.call("evm_mine");
      }
      if (receipt.status !== "0x1") throw new Error(`${what} reverted`);
      this.#lastBlock = Math.max(this.#lastBlock, Number(receipt.blockNumber));
    }
    return this.#lastBlock;
  }
}

async function deployContracts(sender, artifacts) {
  const addresses = {};
  for (const [key, name] of Object.entries(contracts)) {
    const fields = { data: artifacts[name].bytecode };
    addresses[key] = await sender.send(`deploying ${name}`, 4_000_000, fields);
  }
  await sender.tools.setCode(multicall3, artifacts.Multicall3.runtime);
  return { ...addresses, multicall3 };
}

async function fundWallets(sender, artifacts, deployment, receivers) {
  const mint = (key, list, ...rest) => {
    const contract = new Interface(artifacts[contracts[key]].abi);
    const data = contract.encodeFunctionData("mintMany", [list, ...rest]);
    const gas = 200_000 + 250_000 * list.length;
    return sender.send(`minting ${key}`, gas, { to: deployment[key], data });
  };
  for (let i = 0; i < receivers.length; i += walletsPerCall) {
    const some = receivers.slice(i, i + walletsPerCall);
    for (const to of some) {
      await sender.send("sending ether", 21_000, { to, value: hex(grant.ether) });
    }
    await mint("cpop", some, grant.cpop);
    await mint("usdt", some, grant.usdt);
    for (let n = 0; n < grant.artworks; n++) await mint("art", some);
    await mint("game", some, ...grant.game);
    await sender.mined();
  }
}

async function deploy(given, walletCount) {
  const node = new NodeClient(given.rpc);
  const chain_id = Number(await node.ready(10));
  const tools = await toolsOf(node);
  const artifacts = compile(given.artifacts);
  const [deployer] = await node.call("eth_accounts");
  const wallets = makeWallets(walletCount);
  await tools.setBalance(deployer, hex(grant.ether * BigInt(walletCount + 10_000)));
  const nonce = Number(await node.call("eth_getTransactionCount", deployer, "pending"));
  const sender = new Sender(node, tools, deployer, nonce);
  const addresses = await deployContracts(sender, artifacts);
  await fundWallets(sender, artifacts, addresses, wallets.map((wallet) => wallet.address));
  const block_number = await sender.mined();
  return { chain_id, block_number, deployer, ...addresses, wallets };
}

function writeWhole(file, value) {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}

const given = readArguments(usage, {
  rpc: undefined, out: undefined, wallets: "20", artifacts: defaultOut,
});
const walletCount = wholeNumber(given, "wallets", 1);
try {
  const deployment = await deploy(given, walletCount);
  writeWhole(given.out, deployment);
  const { chain_id, block_number } = deployment;
  console.log(`deployed to chain ${chain_id}: ${walletCount} wallets, block ${block_number}`);
} catch (error) {
  console.error(`deploy: ${error.cause?.message ?? error.message}`);
  process.exit(1);
}
