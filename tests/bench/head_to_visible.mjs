// From a block at the node to its balances at the API and in the database, beside the bare cost of fetching
// that block and committing its rows: the same blocks, one after the other.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { arrangement, repository } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { Record, awaitQuiet, printTable, quantile } from "./lib/figures.mjs";
import { Child, measured, until } from "./lib/processes.mjs";
import { Token } from "./latency/token.mjs";

const given = arrangement();
const record = new Record(given.folder);
const blocks = given.rounds ?? 200;
const receivers = 1000, transfersPerCall = 50;

async function startNode(folder) {
  const node = new Child("anvil", [join(repository, "tests/devnet/anvil"), "--port", "0",
    "--no-mining", "--gas-limit", "60000000", "--slots-in-an-epoch", "1"],
  { log: join(folder, "anvil.log") });
  const [, address] = await node.said(/^Listening on (\S+)$/m, 30);
  return address;
}

function run(daemon, token, address, bareDatabase) {
  const target = `/v1/users/${token.wallets[0].user_id}/balances/${token.chainId}/1`;
  const program = spawnSync(given.bin("bench_head_to_visible"),
    [address, daemon.address, target, daemon.database(), daemon.database(bareDatabase), String(blocks)],
    { input: JSON.stringify(token.traffic(transfersPerCall)), encoding: "utf8", maxBuffer: 64 << 20,
      stdio: ["pipe", "pipe", "inherit"] });
  if (program.status !== 0) throw new Error("head_to_visible failed");
  return program.stdout.trim().split("\n").map((line) => JSON.parse(line));
}

async function verify(daemon, token) {
  for (const { user_id, address } of token.wallets) {
    const url = `${daemon.url}/v1/users/${user_id}/balances/${token.chainId}/1`;
    const shown = await fetch(url).then((response) => response.json());
    const truth = await token.balanceOf(address);
    if (BigInt(shown.balance_raw) !== truth) {
      throw new Error(`${address}: ${shown.balance_raw} instead of ${truth}`);
    }
  }
}

function tell(lines) {
  const bare = (line) => line.fetch_ms + line.commit_ms;
  const row = (label, pick) => {
    const values = lines.map(pick);
    return [label, ...[0.5, 0.99, 0, 1].map((share) => quantile(values, share).toFixed(2))];
  };
  printTable(`Head to visible, ${lines[0].transfers} transfers a block, ${lines.length} blocks`,
    ["ms", "p50", "p99", "least", "most"], [
      row("until the cached answer shows it", (line) => line.api_ms),
      row("until the database shows it", (line) => line.database_ms),
      row("bare fetch and commit", bare),
      row("  fetch", (line) => line.fetch_ms),
      row("  commit", (line) => line.commit_ms),
    ]);
  const visible = (line) => Math.max(line.api_ms, line.database_ms);
  const ratio = (share) => quantile(lines.map(visible), share) / quantile(lines.map(bare), share);
  console.log(`both visible, to bare: p50 ${ratio(0.5).toFixed(2)}, p99 ${ratio(0.99).toFixed(2)}   budget 3 (p50)`);
  return { p50_ratio: ratio(0.5), p99_ratio: ratio(0.99) };
}

await measured(async () => {
  const folder = join(given.folder, "run-head-to-visible");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const address = await startNode(folder);
  const token = await Token.deploy(`http://${address}`, receivers);
  const daemon = new Daemon(given.bin("custodialbridge"), join(folder, "daemon"), {
    chain: `{chain_id: ${token.chainId}, name: devnet, rpc: [{http: "http://${address}",
      ws: "ws://${address}"}], start_block: latest, tokens: [{token_id: 1, kind: erc20, symbol: CPOP,
      decimals: 18, sync_class: cpop, address: "${token.address}"}]}`,
  });
  await daemon.start();
  await daemon.register(token.chainId, token.wallets);
  daemon.freshDatabase("bare");
  await until("the daemon at the head", 30, async () => {
    return daemon.sql("SELECT cursor_number FROM chains") === String(await token.blockNumber());
  });
  const busy = await awaitQuiet(given.quiet);
  const lines = run(daemon, token, address, "bare");
  record.add("head-to-visible", { busy, ...tell(lines), blocks: lines });
  await verify(daemon, token);
  await daemon.stop();
});
