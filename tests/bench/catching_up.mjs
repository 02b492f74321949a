// Catching up: from the moment that the daemon learns of a far head until its cursor stands there, beside
// PostgreSQL taking the same rows from ready-made buffers, in the same server, one after the other.
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { PreparedChain } from "./lib/prepared_chain.mjs";
import {
  cpuSeconds, measured, output, pause, peakMegabytes, treeCpuSeconds, until,
} from "./lib/processes.mjs";

const given = arrangement();
const record = new Record(given.folder);
// Subsquid 1.27.3, the fastest of three indexers measured with such a chain on the same kind of machine
// (Ponder 0.16.10: 8.4k, Envio HyperIndex 2.32.12: 5.7k).
const fastestPeer = 13_963;
const secondsAtMost = 600;

const microseconds = () => Number(process.hrtime.bigint() / 1000n);

async function ingestByDaemon(daemon, chain) {
  daemon.sql("CHECKPOINT");
  const postgres = () => treeCpuSeconds(daemon.postgresPid);
  const before = {
    daemon: cpuSeconds(daemon.child.pid), postgres: postgres(), node: cpuSeconds(chain.child.pid),
  };
  await chain.moveHead(chain.head);
  const cursor = `custodialbridge_chain_cursor_block{chain_id="${chain.chain_id}"}`;
  const giveUp = Date.now() + secondsAtMost * 1000;
  while ((await daemon.metric(cursor)) !== chain.head) {
    if (Date.now() > giveUp) throw new Error(`not caught up in ${secondsAtMost} s`);
    await pause(20);
  }
  const arrived = microseconds();
  const { head_told_us: told } = await chain.statistics();
  return {
    seconds: (arrived - told) / 1e6,
    daemon_cpu: cpuSeconds(daemon.child.pid) - before.daemon,
    postgres_cpu: postgres() - before.postgres,
    node_cpu: cpuSeconds(chain.child.pid) - before.node,
  };
}

function ingestBare(daemon, chain) {
  daemon.freshDatabase("bare");
  const before = treeCpuSeconds(daemon.postgresPid);
  const bare = JSON.parse(output(given.bin("bench_bare_ingest"), chain.folder, daemon.database("bare")));
  const postgres_cpu = treeCpuSeconds(daemon.postgresPid) - before;
  daemon.sql("DROP DATABASE bare");
  return { ...bare, postgres_cpu };
}

/// Every balance is what the node says, the journal holds each transfer once and sums to the balances.
async function verify(daemon, chain) {
  const rows = daemon.sql("SELECT count(*) FROM journal WHERE log_index < 2147483647");
  if (Number(rows) !== chain.transfers) throw new Error(`${rows} rows in the journal`);
  const truth = await chain.balances();
  const stored = daemon.sql(`SELECT '0x' || encode(w.address, 'hex'), b.amount
    FROM wallets w JOIN balances b USING (wallet_id)`).split("\n");
  if (stored.length !== truth.size) throw new Error(`${stored.length} balances`);
  for (const [address, amount] of stored.map((line) => line.split("|"))) {
    if (truth.get(address) !== BigInt(amount)) throw new Error(`${address} has ${amount}`);
  }
  const different = daemon.sql(`WITH legs AS (
      SELECT credit AS wallet_id, amount FROM journal
      UNION ALL SELECT debit, -amount FROM journal),
    sums AS (SELECT wallet_id, sum(amount) AS amount FROM legs WHERE wallet_id > 0 GROUP BY 1)
    SELECT count(*) FROM balances b LEFT JOIN sums s USING (wallet_id)
    WHERE b.amount <> coalesce(s.amount, 0)`);
  if (different !== "0") throw new Error(`${different} balances are not what the journal sums to`);
}

const indexes = {
  journal_debit: "journal (debit, block_number) WHERE debit <> 0",
  journal_credit: "journal (credit, block_number) WHERE credit <> 0",
};

/// A ledger that was never at a head has no indexes of the journal by wallet; ours was, to have its wallets
/// tracked from the first block on.
async function dropJournalIndexes(daemon) {
  const names = Object.keys(indexes);
  await until("the journal's indexes", 60, () => daemon.sql(`SELECT count(*) FROM pg_index
    WHERE indisvalid AND indexrelid::regclass::text IN ('${names.join("','")}')`) === "2");
  if (!given.indexed) daemon.sql(`DROP INDEX ${names.join(", ")}`);
}

/// What the daemon does once it stands at the head.
function buildJournalIndexes(daemon) {
  const started = microseconds();
  for (const [name, definition] of Object.entries(indexes)) {
    daemon.sql(`CREATE INDEX IF NOT EXISTS ${name} ON ${definition}`);
  }
  return (microseconds() - started) / 1e6;
}

async function round(chain, number) {
  await chain.serve({ head: 0 });
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-catching-up"),
    { chain: chain.config(1) });
  daemon.forget();
  await daemon.start();
  await daemon.register(chain.chain_id, chain.wallets);
  await dropJournalIndexes(daemon);
  const busy = await awaitQuiet(given.quiet);
  let bare;
  if (number % 2 === 0) bare = ingestBare(daemon, chain);
  const ours = await ingestByDaemon(daemon, chain);
  const peak_mb = peakMegabytes(daemon.child.pid);
  await verify(daemon, chain);
  const index_seconds = buildJournalIndexes(daemon);
  bare ??= ingestBare(daemon, chain);
  await daemon.stop();
  await chain.child.stop();
  daemon.forget();
  return { ours, bare, index_seconds, peak_mb, busy, ratio: bare.seconds / ours.seconds };
}

async function measure(size, rounds) {
  const chain = new PreparedChain(given, size);
  const done = [];
  for (let number = 0; number < rounds; number++) {
    const one = await round(chain, number);
    const { ours, bare } = one;
    console.log(`${size} round ${number + 1}: daemon ${ours.seconds.toFixed(2)} s, `
      + `bare ${bare.seconds.toFixed(2)} s, ratio ${one.ratio.toFixed(2)}, `
      + `other work ${(100 * one.busy).toFixed(0)} % before`);
    record.add("catching-up", { size, transfers: chain.transfers, ...one });
    done.push(one);
  }
  const rate = (pick) => spread(done, (one) => chain.transfers / pick(one));
  const cpu = (pick) => show(spread(done, pick), 2);
  const daemonRate = rate((one) => one.ours.seconds);
  printTable(`Catching up, ${chain.transfers.toLocaleString("en-US")} transfers among ${
    chain.wallets.length} wallets: median (lowest-highest) of ${rounds} rounds`,
  ["", "events/s", "seconds", "own CPU s", "PostgreSQL CPU s"], [
    ["daemon", show(daemonRate), show(spread(done, (one) => one.ours.seconds), 2),
      cpu((one) => one.ours.daemon_cpu), cpu((one) => one.ours.postgres_cpu)],
    ["bare COPY + upsert", show(rate((one) => one.bare.seconds)),
      show(spread(done, (one) => one.bare.seconds), 2),
      cpu((one) => one.bare.client_cpu_seconds), cpu((one) => one.bare.postgres_cpu)],
  ]);
  console.log(`ratio to bare          ${show(spread(done, (one) => one.ratio), 2)}   budget 0.5, goal 0.8`);
  console.log(`times the fastest peer ${(daemonRate.median / fastestPeer).toFixed(1)}   budget 10, goal 20`);
  console.log(`journal's indexes s    ${show(spread(done, (one) => one.index_seconds), 2)}   once, at the head`);
  console.log(`node's CPU s           ${cpu((one) => one.ours.node_cpu)}`);
  console.log(`daemon's peak MB       ${show(spread(done, (one) => one.peak_mb))}`);
}

await measured(async () => {
  for (const size of given.sizes ?? ["100k", "1m"]) await measure(size, given.rounds ?? 3);
});
