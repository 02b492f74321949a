// NFTs as the chain has them: who holds which id, and what each log moves.
import { createRequire } from "node:module";
import { join } from "node:path";
import { gameIds } from "./chain.mjs";
import { tokens } from "./config.mjs";
import { devnet } from "./places.mjs";

const { Interface, getAddress } = createRequire(join(devnet, "package.json"))("ethers");
const contracts = new Interface([
  "function minted() view returns (uint256)",
  "function ownerOf(uint256) view returns (address)",
  "function mint(address)",
  "function mint(address, uint256, uint256)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed id)",
  "event TransferSingle(address indexed, address indexed from, address indexed to, uint256 id, "
    + "uint256 amount)",
  "event TransferBatch(address indexed, address indexed from, address indexed to, uint256[] ids, "
    + "uint256[] amounts)",
]);

/// The moves of a log of ART or GAME, {from, to, amount, nft}, in their order; none of others.
export function readNftMoves(log) {
  const event = contracts.parseLog(log);
  if (!event) return [];
  const { from, to } = event.args;
  switch (event.name) {
    case "Transfer": return [{ from, to, amount: 1n, nft: String(event.args.id) }];
    case "TransferSingle":
      return [{ from, to, amount: event.args.amount, nft: String(event.args.id) }];
    default: // the ids and amounts of TransferBatch
      return event.args[3].map((id, i) => {
        return { from, to, amount: event.args[4][i], nft: String(id) };
      });
  }
}

/// Mints a new ART, or so many of one id of GAME.
export function mintArt(chain, to) {
  return chain.send(chain.deployer, chain.art,
    contracts.encodeFunctionData("mint(address)", [to]));
}

export function mintGame(chain, to, id, amount) {
  return chain.send(chain.deployer, chain.game,
    contracts.encodeFunctionData("mint(address,uint256,uint256)", [to, id, amount]));
}

/// What these addresses hold at a block, [{address, token_id, nft_id, amount}] by token and id.
export async function nftsOnChain(chain, addresses, at = "latest") {
  return [...await artOnChain(chain, addresses, at), ...await gameOnChain(chain, addresses, at)];
}

async function artOnChain(chain, addresses, at) {
  const [minted] = await chain.answers([
    chain.read(chain.art, contracts.encodeFunctionData("minted"), at)]);
  const ids = Array.from({ length: Number(minted) }, (_, i) => i + 1);
  const owners = await chain.answers(ids.map((id) =>
    chain.read(chain.art, contracts.encodeFunctionData("ownerOf", [id]), at)));
  const wanted = new Set(addresses.map(getAddress));
  return ids
    .map((id, i) => ({ address: getAddress(`0x${owners[i].slice(26)}`), token_id: tokens.art,
      nft_id: String(id), amount: "1" }))
    .filter(({ address }) => wanted.has(address));
}

async function gameOnChain(chain, addresses, at) {
  const asked = addresses.flatMap((address) =>
    gameIds.map((id) => ({ address: getAddress(address), id })));
  const amounts = await chain.answers(asked.map(({ address, id }) =>
    chain.gameRead(address, id, at)));
  return asked
    .map(({ address, id }, i) => ({ address, token_id: tokens.game, nft_id: String(id),
      amount: String(BigInt(amounts[i])) }))
    .filter(({ amount }) => amount !== "0");
}
