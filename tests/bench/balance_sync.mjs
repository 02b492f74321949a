// Polled balances: a whole pass of the balance syncer, from the chain into the ledger, beside the node's own
// multicall rate.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { devnet, startChain } from "./lib/devnet_chain.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { cpuSeconds, measured, residentMegabytes, until } from "./lib/processes.mjs";

const { Interface } = createRequire(join(devnet, "package.json"))("ethers");
const given = arrangement();
const record = new Record(given.folder);
const users = 50_000, tokens = 2, balances = users * tokens;
const callsPerMulticall = 500, multicallsPerBatch = 4; // as the daemon asks
const rounds = given.rounds ?? 5;
const multicall = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[]) payable returns ((bool, bytes)[])",
  "function balanceOf(address) view returns (uint256)",
  "function getEthBalance(address) view returns (uint256)",
]);

const addresses = Array.from({ length: users }, () => `0x${randomBytes(20).toString("hex")}`);

const entry = (chain) => JSON.stringify({
  chain_id: chain.chain_id, name: "bench", multicall3: chain.multicall3,
  rpc: [{ http: chain.url, ws: chain.url.replace("http", "ws") }],
  tokens: [
    { token_id: 0, kind: "native", symbol: "ETH", decimals: 18, sync_class: "major" },
    { token_id: 2, kind: "erc20", symbol: "USDT", decimals: 6, sync_class: "major", address: chain.usdt },
  ],
});

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST", headers: { "content-type": "application/json" }, body,
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.text();
}

async function registerAll(daemon, chain) {
  for (let first = 0; first < users; first += 10_000) {
    const items = addresses.slice(first, first + 10_000).map((address, i) => (
      { user_id: `user-${first + i}`, chain_id: chain.chain_id, address, is_deployed: false }));
    await post(`${daemon.url}/v1/wallets/import`, JSON.stringify({ items }));
  }
}

/// Calls of the same balances, as text, made beforehand.
function bareBatches(chain, pin) {
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

/// Seconds; `lanes` batches are under way at a time.
async function bare(chain, batches, lanes) {
  const left = batches.values();
  const began = performance.now();
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (const batch of left) {
      const answer = await post(chain.url, batch);
      if (answer.includes('"error"')) throw new Error(answer.slice(0, 500));
    }
  }));
  return (performance.now() - began) / 1000;
}

const stored = 'custodialbridge_balances_polled_total{chain_id="31337",outcome="stored"}';

/// Until all of it was stored once more.
async function pass(daemon, trigger) {
  const before = (await daemon.metric(stored)) ?? 0;
  const cpu = cpuSeconds(daemon.child.pid);
  await trigger();
  const began = performance.now();
  await until("a pass", 600, async () => (await daemon.metric(stored)) >= before + balances);
  return {
    seconds: (performance.now() - began) / 1000, cpu: cpuSeconds(daemon.child.pid) - cpu,
  };
}

await measured(async () => {
  const chain = await startChain(given.folder);
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-balance-sync"),
    { chain: entry(chain) });
  daemon.forget();
  await daemon.start();
  await pass(daemon, () => registerAll(daemon, chain));
  const head = JSON.parse(await post(chain.url, JSON.stringify(
    { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] }))).result;
  const batches = bareBatches(chain, { blockHash: head.hash, requireCanonical: true });
  const done = [];
  for (let number = 0; number < rounds; number++) {
    const busy = await awaitQuiet(given.quiet);
    const limits = [await bare(chain, batches, 1), await bare(chain, batches, 2)];
    const ours = await pass(daemon, () => daemon.sql("UPDATE polls SET tried_at = 'epoch'"));
    const limit = Math.min(...limits);
    const one = { busy, limit: balances / limit, ours: balances / ours.seconds,
      ratio: limit / ours.seconds, cpu: ours.cpu, resident: residentMegabytes(daemon.child.pid) };
    record.add("balance-sync", one);
    done.push(one);
  }
  printTable(`A pass over ${balances} polled balances: median (lowest-highest) of ${rounds} rounds`,
    ["", "balances/s"], [
      ["daemon, into the ledger", show(spread(done, (one) => one.ours))],
      ["the node's own multicall", show(spread(done, (one) => one.limit))]]);
  console.log(`ratio         ${show(spread(done, (one) => one.ratio), 2)}   budget 0.8`);
  console.log(`daemon's CPU  ${show(spread(done, (one) => one.cpu), 2)} s a pass`);
  console.log(`resident      ${show(spread(done, (one) => one.resident))} MiB`);
  await daemon.stop();
  await chain.child.stop();
  daemon.forget();
});
