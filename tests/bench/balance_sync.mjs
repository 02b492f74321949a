// Polled balances: a whole pass of the balance syncer, from the chain into the ledger, beside the node's own
// multicall rate.
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { startChain } from "./lib/devnet_chain.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { bareBatches, bareSeconds, polledChain, registerAll, someAddresses } from "./lib/multicall.mjs";
import { cpuSeconds, measured, residentMegabytes, until } from "./lib/processes.mjs";

const given = arrangement();
const record = new Record(given.folder);
const users = 50_000, tokens = 2, balances = users * tokens;
const rounds = given.rounds ?? 5;
const addresses = someAddresses(users);

const stored = 'custodialbridge_balances_polled_total{chain_id="31337",outcome="stored"}';

const dueAtOnce = "UPDATE polls SET tried_at = 'epoch' WHERE segment_id IS NULL; " +
  "UPDATE poll_segments SET tried_at = 'epoch'";

/// Until all of it was stored once more. The clock runs from the first commit to the last: the syncer looks for
/// what is due once a second.
async function pass(daemon, trigger) {
  const before = (await daemon.metric(stored)) ?? 0;
  const cpu = cpuSeconds(daemon.child.pid);
  await trigger();
  const count = async () => (await daemon.metric(stored)) ?? 0;
  let first;
  await until("the first of a pass", 60, async () => (first = await count()) > before);
  const began = performance.now();
  await until("a pass", 600, async () => await count() >= before + balances);
  const seconds = (performance.now() - began) / 1000;
  return { rate: (before + balances - first) / seconds, cpu: cpuSeconds(daemon.child.pid) - cpu };
}

await measured(async () => {
  const chain = await startChain(given.folder);
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-balance-sync"),
    { chain: polledChain(chain) });
  daemon.forget();
  await daemon.start();
  await pass(daemon, () => registerAll(daemon, chain, addresses));
  const batches = await bareBatches(chain, addresses);
  const done = [];
  for (let number = 0; number < rounds; number++) {
    const busy = await awaitQuiet(given.quiet);
    const limit = await bareSeconds(chain, batches);
    const ours = await pass(daemon, () => daemon.sql(dueAtOnce));
    const one = { busy, limit: balances / limit, ours: ours.rate, ratio: ours.rate * limit / balances,
      cpu: ours.cpu, resident: residentMegabytes(daemon.child.pid) };
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
