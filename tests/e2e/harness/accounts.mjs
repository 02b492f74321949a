// Smart accounts (ERC-4337) and their user operations, for each EntryPoint that is in use.
import { createRequire } from "node:module";
import { join } from "node:path";
import { Contract, mined, packaged } from "./contracts.mjs";
import { devnet } from "./places.mjs";

const { Wallet, concat, getBytes, toBeHex } =
  createRequire(join(devnet, "package.json"))("ethers");
const limits = { verification: 500_000n, call: 200_000n, before: 60_000n };
const fees = { most: 20n * 10n ** 9n, priority: 10n ** 9n };
const beneficiary = "0x00000000000000000000000000000000000beef1"; // gets all fees
const words = (high, low) => concat([toBeHex(high, 16), toBeHex(low, 16)]);

export const entryPointVersions = ["0.6", "0.7", "0.8"];

/// An EntryPoint and the factory of its accounts.
export class EntryPoint {
  static async deploy(chain, version) {
    const artifact = (name) => packaged(`account-abstraction-${version}/artifacts/${name}.json`);
    const contract = await Contract.deploy(chain, artifact("EntryPoint"));
    const factory =
      await Contract.deploy(chain, artifact("SimpleAccountFactory"), contract.address);
    const { abi } = artifact("SimpleAccount");
    return Object.assign(new EntryPoint(), { chain, version, contract, factory, abi });
  }

  get address() {
    return this.contract.address;
  }

  /// The account of an owner, which is not deployed by that.
  async account(privateKey) {
    const owner = new Wallet(privateKey);
    const address = await this.factory.read("getAddress(address,uint256)", owner.address, 0);
    return { owner, address };
  }

  /// A signed operation in which the account calls a contract; `deploys` if it is its first.
  async operation(account, to, data, { deploys = false } = {}) {
    const callData =
      new Contract(this.chain, account.address, this.abi).data("execute", to, 0, data);
    const create = this.factory.data("createAccount", account.owner.address, 0);
    const operation = {
      sender: account.address,
      nonce: await this.contract.read("getNonce", account.address, 0),
      initCode: deploys ? concat([this.factory.address, create]) : "0x",
      callData,
      paymasterAndData: "0x",
      preVerificationGas: limits.before,
      signature: "0x",
      ...this.#gas(),
    };
    const hash = await this.contract.read("getUserOpHash", operation);
    return { ...operation, signature: await this.#sign(account.owner, hash) };
  }

  #gas() {
    if (this.version === "0.6")
      return { callGasLimit: limits.call, verificationGasLimit: limits.verification,
        maxFeePerGas: fees.most, maxPriorityFeePerGas: fees.priority };
    return { accountGasLimits: words(limits.verification, limits.call),
      gasFees: words(fees.priority, fees.most) };
  }

  /// Until 0.8 accounts sign a message, since then the hash, which is one of typed data.
  #sign(owner, hash) {
    if (this.version === "0.8") return owner.signingKey.sign(hash).serialized;
    return owner.signMessage(getBytes(hash));
  }

  /// Handles operations in one block: what the EntryPoint tells of each, and the block.
  async handle(...operations) {
    const { deployer } = this.chain;
    const sent = await this.contract.send(deployer, "handleOps", operations, beneficiary);
    const receipt = await mined(this.chain, sent);
    const told = receipt.logs
      .filter((log) => log.address.toLowerCase() === this.address.toLowerCase())
      .map((log) => ({ log, event: this.contract.interface.parseLog(log) }));
    return {
      block: Number(receipt.blockNumber),
      tx: receipt.transactionHash,
      operations: told
        .filter(({ event }) => event?.name === "UserOperationEvent")
        .map(({ log, event }) => ({ ...event.args.toObject(), log_index: Number(log.logIndex) })),
      deployed: told.filter(({ event }) => event?.name === "AccountDeployed")
        .map(({ event }) => event.args.sender),
    };
  }
}
