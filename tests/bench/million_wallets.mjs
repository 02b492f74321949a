// A million wallets and three million balances: registering them, starting with them, finding one of them.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { startChain } from "./lib/devnet_chain.mjs";
import { Record, awaitQuiet, printTable, quantile } from "./lib/figures.mjs";
import { measured, peakMegabytes, residentMegabytes, until } from "./lib/processes.mjs";

const given = arrangement();
const record = new Record(given.folder);
const wallets = Number(given.sizes?.[0]?.replace(/m$/, "000000").replace(/k$/, "000") ?? 1_000_000);
const atOnce = 10_000, lookups = 5_000;
const startBudget = 5; // seconds

const addresses = Array.from({ length: wallets }, () => `0x${randomBytes(20).toString("hex")}`);
const user = (i) => `user-${i}`;

const entry = (chain) => JSON.stringify({
  chain_id: chain.chain_id, name: "bench", multicall3: chain.multicall3,
  rpc: [{ http: chain.url, ws: chain.url.replace("http", "ws") }],
  tokens: [
    { token_id: 0, kind: "native", symbol: "ETH", decimals: 18, sync_class: "major" },
    { token_id: 1, kind: "erc20", symbol: "CPOP", decimals: 18, sync_class: "cpop", address: chain.cpop },
    { token_id: 2, kind: "erc20", symbol: "USDT", decimals: 6, sync_class: "major", address: chain.usdt,
      realtime: true },
  ],
});

async function seconds(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function registerAll(daemon, chain) {
  for (let first = 0; first < wallets; first += atOnce) {
    const items = addresses.slice(first, first + atOnce).map((address, i) => (
      { user_id: user(first + i), chain_id: chain.chain_id, address, is_deployed: false }));
    const response = await fetch(`${daemon.url}/v1/wallets/import`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ items }),
    });
    const { created } = await response.json();
    if (created !== items.length) throw new Error(`${created} of ${items.length} registered`);
  }
}

const counted = (daemon, rows) => Number(daemon.sql(`SELECT count(*) FROM ${rows}`));

const untilAll = (what, daemon, rows, count) =>
  until(what, 1_800, async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return counted(daemon, rows) >= count;
  });

/// Milliseconds of each of so many random requests, one after the other.
async function times(daemon, path) {
  const all = [];
  for (let i = 0; i < lookups; i++) {
    const began = performance.now();
    const response = await fetch(daemon.url + path(Math.floor(Math.random() * wallets)));
    const text = await response.text();
    all.push(performance.now() - began);
    if (!response.ok) throw new Error(text);
  }
  return all;
}

await measured(async () => {
  const chain = await startChain(given.folder);
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-million-wallets"),
    { chain: entry(chain) });
  daemon.forget();
  await daemon.start();
  const busy = await awaitQuiet(given.quiet);
  const registered = await seconds(() => registerAll(daemon, chain));
  const tracked = registered + await seconds(() =>
    untilAll("openings", daemon, "wallets WHERE tracked_from IS NOT NULL", wallets));
  const polled = tracked + await seconds(() => untilAll("balances", daemon, "balances", 3 * wallets));
  const peak = peakMegabytes(daemon.child.pid);
  await daemon.stop();
  const started = await seconds(() => daemon.start());
  const paths = {
    "a balance, from the database": (i) => `/v1/users/${user(i)}/balances/${chain.chain_id}/1`,
    "a user's balances": (i) => `/v1/users/${user(i)}/balances`,
    "a user's wallets": (i) => `/v1/users/${user(i)}/wallets`,
  };
  const rows = [];
  for (const [name, path] of Object.entries(paths)) {
    const all = await times(daemon, path);
    rows.push([name, ...[0.5, 0.99].map((share) => quantile(all, share).toFixed(2))]);
  }
  const show = (number) => Math.round(number).toLocaleString("en-US");
  printTable(`${show(wallets)} wallets, ${show(3 * wallets)} balances`, ["one after the other, ms", "p50", "p99"],
    rows);
  console.log(`registering     ${show(wallets / registered)} wallets/s`);
  console.log(`tracked after   ${show(tracked)} s, all balances stored after ${show(polled)} s`);
  console.log(`start to ready  ${started.toFixed(2)} s   budget ${startBudget}`);
  console.log(`memory          ${show(peak)} MiB at most, ${show(residentMegabytes(daemon.child.pid))} MiB after the start`);
  record.add("million-wallets", { busy, wallets, registered, tracked, polled, started, peak, rows });
  await daemon.stop();
  await chain.child.stop();
  daemon.forget();
});
