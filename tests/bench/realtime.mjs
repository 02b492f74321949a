// Balances read in real time, a thousand in a request, beside the node's own multicall rate.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { startChain } from "./lib/devnet_chain.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { bareBatches, bareSeconds, inLanes, polledChain, post, registerAll, someAddresses } from "./lib/multicall.mjs";
import { cpuSeconds, measured, until } from "./lib/processes.mjs";

const given = arrangement();
const record = new Record(given.folder);
const users = 50_000, tokens = [0, 2], balances = users * tokens.length, perRequest = 1_000;
const rounds = given.rounds ?? 5, lanes = 4;
const addresses = someAddresses(users);

// A key may read so much in real time, and no more: each request comes with another one.
const keys = Array.from({ length: (balances / perRequest) * rounds }, (_, i) => `key-${i}-of-the-benchmark`);
const sha256 = (key) => createHash("sha256").update(key).digest("hex");
const api = JSON.stringify({ listen: "127.0.0.1:0", auth: { mode: "api_key",
  keys: keys.map((key, i) => ({ name: `k${i}`, sha256: sha256(key), scopes: ["write"] })) } });
const as = (key) => ({ authorization: `Bearer ${key}` });

function requests(chain) {
  const items = addresses.flatMap((_, i) => tokens.map((token) => (
    { user_id: `user-${i}`, chain_id: chain.chain_id, token_id: token })));
  const bodies = [];
  for (let i = 0; i < items.length; i += perRequest) {
    bodies.push(JSON.stringify({ items: items.slice(i, i + perRequest), realtime: true }));
  }
  return bodies;
}

let turn = 0;

async function ours(daemon, bodies) {
  const cpu = cpuSeconds(daemon.child.pid);
  const seconds = await inLanes(bodies, lanes, async (body) => {
    const answer = JSON.parse(await post(`${daemon.url}/v1/balances/query`, body, as(keys[turn++ % keys.length])));
    const bad = answer.items.find((item) => item.error || !item.is_realtime);
    if (bad) throw new Error(JSON.stringify(bad).slice(0, 500));
  });
  return { seconds, cpu: cpuSeconds(daemon.child.pid) - cpu };
}

await measured(async () => {
  const chain = await startChain(given.folder);
  const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, "run-realtime"),
    { chain: polledChain(chain), api });
  daemon.forget();
  await daemon.start();
  await registerAll(daemon, chain, addresses, as(keys[0]));
  await until("the first pass", 600, async () => daemon.sql(
    "SELECT (SELECT count(*) FROM polls WHERE segment_id IS NULL AND block_number IS NULL) + " +
    "(SELECT count(*) FROM poll_segments WHERE block_number IS NULL)") === "0");
  const batches = await bareBatches(chain, addresses), bodies = requests(chain);
  const done = [];
  for (let number = 0; number < rounds; number++) {
    const busy = await awaitQuiet(given.quiet);
    const limit = await bareSeconds(chain, batches);
    const own = await ours(daemon, bodies);
    const one = { busy, limit: balances / limit, ours: balances / own.seconds,
      ratio: limit / own.seconds, cpu: own.cpu };
    record.add("realtime", one);
    done.push(one);
  }
  printTable(`${balances} balances in real time: median (lowest-highest) of ${rounds} rounds`,
    ["", "balances/s"], [
      ["daemon, over HTTP", show(spread(done, (one) => one.ours))],
      ["the node's own multicall", show(spread(done, (one) => one.limit))]]);
  console.log(`ratio         ${show(spread(done, (one) => one.ratio), 2)}   budget 0.8`);
  console.log(`daemon's CPU  ${show(spread(done, (one) => one.cpu), 2)} s a round`);
  await daemon.stop();
  await chain.child.stop();
  daemon.forget();
});
