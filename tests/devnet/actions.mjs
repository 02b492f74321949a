// What happens on the devnet: each action is one transaction, drawn at random.
import { Interface } from "ethers";

const tokens = new Interface([
  "function transfer(address to, uint256 amount)",
  "function mint(address to, uint256 amount)",
  "function burn(uint256 amount)",
  "function ownerOf(uint256 id) view returns (address)",
  "function minted() view returns (uint256)",
  "function transferFrom(address from, address to, uint256 id)",
  "function safeTransferFrom(address from, address to, uint256, uint256, bytes)",
  "function safeBatchTransferFrom(address from, address to, uint256[], uint256[], bytes)",
]);

/// How often each kind happens, in parts of their sum.
const weights = {
  cpop_transfer: 40, cpop_self: 4, cpop_zero: 4, cpop_to_outsider: 8, cpop_from_outsider: 3,
  cpop_mint: 6, cpop_burn: 4, usdt_transfer: 12, usdt_to_outsider: 3, usdt_mint: 2,
  native_transfer: 5, art_transfer: 4, game_transfer: 3, game_batch: 2,
};

export class Actions {
  /// `outsiders` are addresses that nobody registers. `only` names tokens, separated by commas,
  /// whose actions alone happen; "" is all of them.
  constructor(node, deployment, outsiders, random, only = "") {
    Object.assign(this, { node, deployment, outsiders, random });
    this.weights = weightsOf(only);
    this.wallets = deployment.wallets.map((wallet) => wallet.address);
  }

  /// The next action, `{kind, transaction}`; reads from the node only where it must know an owner.
  async next() {
    const kind = this.random.weighted(this.weights);
    const [token, what] = kind.split(/_(.*)/);
    return { kind, transaction: await this[token](what) };
  }

  cpop(what) {
    const { random, wallets, outsiders, deployment } = this;
    const [from, to] = random.pair(wallets);
    const amount = random.amount(10, 18);
    const call = (sender, name, ...values) => token(sender, deployment.cpop, name, values);
    switch (what) {
      case "transfer": return call(from, "transfer", to, amount);
      case "self": return call(from, "transfer", from, amount);
      case "zero": return call(from, "transfer", to, 0);
      case "to_outsider": return call(from, "transfer", random.pick(outsiders), amount);
      case "from_outsider": return call(random.pick(outsiders), "transfer", to, amount);
      case "mint": return call(deployment.deployer, "mint", to, amount * 3n);
      case "burn": return call(from, "burn", amount);
    }
  }

  usdt(what) {
    const { random, wallets, outsiders, deployment } = this;
    const [from, to] = random.pair(wallets);
    const amount = random.amount(20, 6);
    const call = (sender, name, ...values) => token(sender, deployment.usdt, name, values);
    if (what === "mint") return call(deployment.deployer, "mint", to, amount * 2n);
    return call(from, "transfer", what === "transfer" ? to : random.pick(outsiders), amount);
  }

  native() {
    const [from, to] = this.random.pair(this.wallets);
    const value = this.random.amount(10, 15);
    return { from, to, value: `0x${value.toString(16)}` };
  }

  async art() {
    const { art } = this.deployment;
    this.artworks ??= Number(await this.read(art, "minted"));
    const id = 1 + this.random.below(this.artworks);
    const from = await this.read(art, "ownerOf", id);
    const everyone = [...this.wallets, ...this.outsiders.slice(0, 1)];
    return token(from, art, "transferFrom", [from, this.random.pick(everyone), id]);
  }

  game(what) {
    const { game } = this.deployment;
    const [from, to] = this.random.pair(this.wallets);
    const id = 1 + this.random.below(3);
    if (what === "transfer") return token(from, game, "safeTransferFrom", [from, to, id, 1, "0x"]);
    return token(from, game, "safeBatchTransferFrom", [from, to, [id, 1 + (id % 3)], [1, 2], "0x"]);
  }

  async read(to, name, ...values) {
    const data = tokens.encodeFunctionData(name, values);
    const answer = await this.node.call("eth_call", { to, data }, "latest");
    return tokens.decodeFunctionResult(name, answer)[0];
  }
}

function weightsOf(only) {
  if (only === "") return weights;
  const wanted = only.split(",");
  const kinds = Object.entries(weights).filter(([kind]) => wanted.includes(kind.split("_")[0]));
  if (kinds.length === 0) throw new Error(`no kind of ${only}`);
  return Object.fromEntries(kinds);
}

function token(from, to, name, values) {
  return { from, to, data: tokens.encodeFunctionData(name, values) };
}
