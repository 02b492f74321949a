// Contracts beside the devnet's own: what a test deploys for itself.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compile } from "../../devnet/compile.mjs";
import { hex } from "../../devnet/node_client.mjs";
import { devnet } from "./places.mjs";

const { AbiCoder, Interface, getAddress } = createRequire(join(devnet, "package.json"))("ethers");
const gas = hex(8_000_000);

/// A contract of `tests/devnet/contracts`: {abi, bytecode}.
export function compiled(name) {
  return compile()[name];
}

/// A contract that a package brings compiled: {abi, bytecode}.
export function packaged(path) {
  return JSON.parse(readFileSync(join(devnet, "node_modules", path), "utf8"));
}

export class Contract {
  static async deploy(chain, { abi, bytecode }, ...values) {
    const contract = new Contract(chain, undefined, abi);
    const data = bytecode + contract.interface.encodeDeploy(values).slice(2);
    const sent = await chain.send(chain.deployer, undefined, data, { gas });
    const { contractAddress } = await mined(chain, sent);
    return new Contract(chain, getAddress(contractAddress), abi);
  }

  constructor(chain, address, abi) {
    Object.assign(this, { chain, address, interface: new Interface(abi) });
  }

  data(name, ...values) {
    return this.interface.encodeFunctionData(name, values);
  }

  /// The only value that a view gives, at the newest block.
  async read(name, ...values) {
    const call = { to: this.address, data: this.data(name, ...values) };
    const answer = await this.chain.node.call("eth_call", call, "latest");
    return this.interface.decodeFunctionResult(name, answer)[0];
  }

  /// Sends a call of any account, for a block to come; its hash.
  send(from, name, ...values) {
    return this.pay(0n, from, name, ...values);
  }

  pay(value, from, name, ...values) {
    const fields = { gas, value: hex(value) };
    return this.chain.send(from, this.address, this.data(name, ...values), fields);
  }

  /// The same in a block of its own, which it must not revert in; its receipt.
  async call(from, name, ...values) {
    return mined(this.chain, await this.send(from, name, ...values));
  }
}

/// Mines a block; the receipt of a transaction that did not revert.
export async function mined(chain, sent) {
  await chain.mine();
  const receipt = await chain.node.call("eth_getTransactionReceipt", sent);
  if (!receipt) throw new Error(`${sent} is not mined`);
  if (receipt.status !== "0x1") throw new Error(`${sent} reverted`);
  return receipt;
}

/// Parameters as the ABI encodes them, for logs that no contract declares.
export function encode(types, values) {
  return AbiCoder.defaultAbiCoder().encode(types, values);
}
