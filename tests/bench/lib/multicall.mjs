// The node's own multicall rate, and what both sides of the comparison need.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { devnet } from "./devnet_chain.mjs";

const { Interface } = createRequire(join(devnet, "package.json"))("ethers");
const callsPerMulticall = 500, multicallsPerBatch = 4; // as the daemon asks
const multicall = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[]) payable returns ((bool, bytes)[])",
  "function balanceOf(address) view returns (uint256)",
  "function getEthBalance(address) view returns (uint256)",
]);

export const someAddresses = (count) =>
  Array.from({ length: count }, () => `0x${randomBytes(20).toString("hex")}`);

export const polledChain = (chain) => JSON.stringify({
  chain_id: chain.chain_id, name: "bench", multicall3: chain.multicall3,
  rpc: [{ http: chain.url, ws: chain.url.replace("http", "ws") }],
  tokens: [
    { token_id: 0, kind: "native", symbol: "ETH", decimals: 18, sync_class: "major" },
    { token_id: 2, kind: "erc20", symbol: "USDT", decimals: 6, sync_class: "major", address: chain.usdt },
  ],
});

export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: "POST", headers: { "content-type": "application/json", ...headers }, body,
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.text();
}

export async function registerAll(daemon, chain, addresses, headers = {}) {
  for (let first = 0; first < addresses.length; first += 10_000) {
    const items = addresses.slice(first, first + 10_000).map((address, i) => (
      { user_id: `user-${first + i}`, chain_id: chain.chain_id, address, is_deployed: false }));
    await post(`${daemon.url}/v1/wallets/import`, JSON.stringify({ items }), headers);
  }
}

/// What the balances of both tokens are asked for with, pinned to the head: batches as text, made beforehand.
export async function bareBatches(chain, addresses) {
  const head = JSON.parse(await post(chain.url, JSON.stringify(
    { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] }))).result;
  const pin = { blockHash: head.hash, requireCanonical: true };
  const questions = [];
  for (const address of addresses) {
    questions.push([chain.multicall3, "getEthBalance", address], [chain.usdt, "balanceOf", address]);
  }
  const calls = [];
  for (let i = 0; i < questions.length; i += callsPerMulticall) {
    const inner = questions.slice(i, i + callsPerMulticall).map(([target, name, address]) => (
      { target, allowFailure: true, callData: multicall.encodeFunctionData(name, [address]) }));
    const data = multicall.encodeFunctionData("aggregate3", [inner]);
    calls.push({ jsonrpc: "2.0", id: calls.length, method: "eth_call",
      params: [{ to: chain.multicall3, data }, pin] });
  }
  const batches = [];
  for (let i = 0; i < calls.length; i += multicallsPerBatch) {
    batches.push(JSON.stringify(calls.slice(i, i + multicallsPerBatch)));
  }
  return batches;
}

/// Runs `send` over all, so many under way at a time; seconds.
export async function inLanes(all, lanes, send) {
  const left = all.values();
  const began = performance.now();
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (const one of left) await send(one);
  }));
  return (performance.now() - began) / 1000;
}

/// The shortest of one and two batches under way at a time.
export async function bareSeconds(chain, batches) {
  const ask = async (batch) => {
    const answer = await post(chain.url, batch);
    if (answer.includes('"error"')) throw new Error(answer.slice(0, 500));
  };
  return Math.min(await inLanes(batches, 1, ask), await inLanes(batches, 2, ask));
}
