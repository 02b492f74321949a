// Growth: what an event costs when the journal has many rows, beside what it cost when it had few,
// in one life of one ledger. The journal's indexes are in place, as they are wherever a chain was
// once at its head.
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { PreparedChain } from "./lib/prepared_chain.mjs";
import { cpuSeconds, measured, pause, treeCpuSeconds } from "./lib/processes.mjs";

const given = arrangement();
const record = new Record(given.folder);
const perBlock = 500;
const secondsAtMost = 1200;
const mostGrowth = 1.15;

const microseconds = () => Number(process.hrtime.bigint() / 1000n);
const rowsOf = (size) => Number(size.replace(/k$/, "000").replace(/m$/, "000000"));

/// Lets the daemon come to the block with so many transfers behind it; what that took.
async function grow(daemon, chain, rows) {
  const head = rows / perBlock;
  const before = {
    daemon: cpuSeconds(daemon.child.pid), postgres: treeCpuSeconds(daemon.postgresPid),
  };
  await chain.moveHead(head);
  const cursor = `custodialbridge_chain_cursor_block{chain_id="${chain.chain_id}"}`;
  const giveUp = Date.now() + secondsAtMost * 1000;
  while ((await daemon.metric(cursor)) !== head) {
    if (Date.now() > giveUp) throw new Error(`not at block ${head} in ${secondsAtMost} s`);
    await pause(20);
  }
  const arrived = microseconds();
  const { head_told_us: told } = await chain.statistics();
  return {
    seconds: (arrived - told) / 1e6,
    daemon_cpu: cpuSeconds(daemon.child.pid) - before.daemon,
    postgres_cpu: treeCpuSeconds(daemon.postgresPid) - before.postgres,
  };
}

/// Costs of an event in microseconds, window by window, up to the place.
async function costsAt(daemon, chain, size, place, window, rounds) {
  await grow(daemon, chain, place - rounds * window);
  const costs = [];
  for (let left = rounds - 1; left >= 0; left--) {
    daemon.sql("CHECKPOINT");
    const busy = await awaitQuiet(given.quiet);
    const took = await grow(daemon, chain, place - left * window);
    const each = (seconds) => (seconds / window) * 1e6;
    const cost = {
      busy, wall: each(took.seconds), daemon: each(took.daemon_cpu),
      postgres: each(took.postgres_cpu), cpu: each(took.daemon_cpu + took.postgres_cpu),
    };
    record.add("growth", { size, rows: place - left * window, window, ...cost });
    console.log(`${size}: ${cost.wall.toFixed(1)} us an event, ${cost.cpu.toFixed(1)} us of CPU, `
      + `other work ${(100 * busy).toFixed(0)} % before`);
    costs.push(cost);
  }
  const rows = Number(daemon.sql("SELECT count(*) FROM journal WHERE log_index < 2147483647"));
  if (rows !== place) throw new Error(`${rows} rows in the journal, not ${place}`);
  return costs;
}

async function compare(sizes, rounds) {
  const [few, many] = sizes.map(rowsOf);
  const window = Math.floor(few / (rounds + 1) / perBlock) * perBlock;
  const chain = new PreparedChain(given, sizes[1]);
  await chain.serve({ head: 0 });
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-growth"),
    { chain: chain.config(1) });
  daemon.forget();
  await daemon.start();
  await daemon.register(chain.chain_id, chain.wallets);
  const early = await costsAt(daemon, chain, sizes[0], few, window, rounds);
  const late = await costsAt(daemon, chain, sizes[1], many, window, rounds);
  await daemon.stop();
  await chain.child.stop();
  daemon.forget();
  const names = {
    wall: "by the clock", cpu: "of CPU", daemon: "daemon's CPU", postgres: "PostgreSQL's CPU",
  };
  printTable(`An event in microseconds, ${window.toLocaleString("en-US")} at a time: median `
    + `(lowest-highest) of ${rounds}`, ["", `${sizes[0]} rows`, `${sizes[1]} rows`, "ratio"],
  Object.entries(names).map(([key, name]) => {
    const [one, other] = [early, late].map((costs) => spread(costs, (cost) => cost[key]));
    return [name, show(one, 1), show(other, 1), (other.median / one.median).toFixed(2)];
  }));
  console.log(`budget: a ratio of at most ${mostGrowth}`);
}

await measured(async () => {
  const sizes = given.sizes ?? ["1m", "10m"];
  if (sizes.length !== 2) throw new Error("--sizes needs two numbers of rows, as in 100k,1m");
  await compare(sizes, given.rounds ?? 3);
});
