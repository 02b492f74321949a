// Two daemons on one PostgreSQL and Redis: from the commit of a block by the one that writes to its balances
// through the other one, and whether any reader of either ever sees a balance of an earlier block than before.
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
const blocks = given.rounds ?? 500;
const receivers = 100, transfersPerCall = 5; // 50 transfers a block
const budget = 50; // milliseconds

async function startNode(folder) {
  const node = new Child("anvil", [join(repository, "tests/devnet/anvil"), "--port", "0", "--no-mining",
    "--gas-limit", "60000000", "--slots-in-an-epoch", "1"], { log: join(folder, "anvil.log") });
  const [, address] = await node.said(/^Listening on (\S+)$/m, 30);
  return address;
}

async function startRedis(folder) {
  const socket = join(folder, "redis.sock");
  const redis = new Child("redis", ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
    "--appendonly", "no", "--dir", folder], { log: join(folder, "redis.log") });
  await redis.said(/Ready to accept connections|ready to accept connections/, 30);
  return `unix://${socket}`;
}

function run(node, writer, other, token) {
  const traffic = token.traffic(transfersPerCall);
  const changed = token.senders.length * transfersPerCall;
  traffic.targets = token.wallets.slice(0, changed)
    .map(({ user_id }) => `/v1/users/${user_id}/balances/${token.chainId}/1`);
  const program = spawnSync(given.bin("bench_two_daemons"),
    [node, writer.address, other.address, writer.database(), String(blocks)],
    { input: JSON.stringify(traffic), encoding: "utf8", maxBuffer: 64 << 20,
      stdio: ["pipe", "pipe", "inherit"] });
  if (program.status !== 0) throw new Error("two_daemons failed");
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

function tell(lines, readers) {
  const fresh = lines.map((line) => Math.max(0, line.fresh_ms));
  const row = (label, values) => {
    return [label, ...[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(2))];
  };
  printTable(`Two daemons, 50 transfers a block, ${lines.length} blocks`, ["ms", "p50", "p99", "max"], [
    row("from the node's answer to the commit", lines.map((line) => line.commit_ms)),
    row("from the commit to the answer through the other", fresh),
  ]);
  const late = fresh.filter((time) => time > budget).length;
  console.log(`later than ${budget} ms: ${late} of ${fresh.length}   budget 0`);
  for (const [who, { reads, backwards }] of Object.entries(readers)) {
    console.log(`${who}: ${reads} reads, ${backwards} of an earlier block than before   budget 0`);
  }
  const backwards = Object.values(readers).reduce((sum, one) => sum + one.backwards, 0);
  return { fresh_p50: quantile(fresh, 0.5), fresh_p99: quantile(fresh, 0.99),
    fresh_max: Math.max(...fresh), late, backwards, readers };
}

await measured(async () => {
  const folder = join(given.folder, "run-two-daemons");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const node = await startNode(folder);
  const redis = await startRedis(folder);
  const token = await Token.deploy(`http://${node}`, receivers);
  const chain = `{chain_id: ${token.chainId}, name: devnet, rpc: [{http: "http://${node}",
      ws: "ws://${node}"}], start_block: latest, tokens: [{token_id: 1, kind: erc20, symbol: CPOP,
      decimals: 18, sync_class: cpop, address: "${token.address}"}]}`;
  const writer = new Daemon(given.bin("custodialbridge"), join(folder, "writer"), { chain, redis });
  await writer.start();
  const other = new Daemon(given.bin("custodialbridge"), join(folder, "other"),
    { chain, redis, database: writer.databaseUrl() });
  await other.start();
  await writer.register(token.chainId, token.wallets);
  await until("the ledger at the head", 30, async () => {
    return writer.sql("SELECT cursor_number FROM chains") === String(await token.blockNumber());
  });
  const busy = await awaitQuiet(given.quiet);
  const lines = run(node, writer, other, token);
  const { through_writer, through_other } = lines.pop();
  const readers = { "through the writer": through_writer, "through the other": through_other };
  const figures = tell(lines, readers);
  record.add("two-daemons", { busy, ...figures, blocks: lines });
  for (const daemon of [writer, other]) await verify(daemon, token);
  if (figures.backwards > 0) process.exitCode = 1;
  await other.stop();
  await writer.stop();
});
