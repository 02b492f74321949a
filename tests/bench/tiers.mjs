// Cached balances that the local tier has not: from Redis beside redis-benchmark's GET of as many bytes, from
// PostgreSQL beside a prepared SELECT by primary key.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { PreparedChain } from "./lib/prepared_chain.mjs";
import { measured, output, until } from "./lib/processes.mjs";
import { load, writeScripts } from "./lib/wrk.mjs";

const given = arrangement();
const record = new Record(given.folder);
const rounds = given.rounds ?? 5;
const loadCpu = 1, connections = 64;
// Nearly nothing stays in the local tier, everything in Redis.
const tiny = "{local_capacity: 1, local_ttl: 1ms, redis_ttl: 1h}";

async function lookups(daemon, tier) {
  const text = await fetch(`${daemon.url}/metrics`).then((response) => response.text());
  return text.split("\n").filter((line) => line.startsWith("custodialbridge_cache_lookups_total")
    && line.includes(`tier="${tier}"`) && line.includes('outcome="hit"'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

function redisLimit(socket) {
  const text = output("taskset", "-c", String(loadCpu), "redis-benchmark", "-s", socket, "-c",
    String(connections), "-n", "200000", "-t", "get,set", "-d", "150", "-r", "10000", "--csv");
  const line = text.split("\n").find((each) => each.startsWith('"GET"'));
  return Number(line.split(",")[1].replaceAll('"', ""));
}

function databaseLimit(daemon) {
  const script = join(given.folder, "by-key.sql");
  writeFileSync(script, "\\set wallet random(1, 10000)\n"
    + "SELECT amount FROM balances WHERE wallet_id = :wallet AND token_id = 1;\n");
  const bin = output("pg_config", "--bindir");
  const text = output(join(bin, "pgbench"), "-n", "-M", "prepared", "-c", "8", "-T", String(given.seconds),
    "-f", script, "-h", daemon.socketFolder, "-U", "custodialbridge", "postgres");
  return Number(/tps = ([0-9.]+)/.exec(text)[1]);
}

const tiers = {
  redis: { redis: "embedded", limit: (daemon) => redisLimit(daemon.redisSocket),
    name: "redis-benchmark GET" },
  database: { redis: "none", limit: databaseLimit, name: "pgbench, SELECT by primary key" },
};

async function round(daemon, tier, path, script) {
  const busy = await awaitQuiet(given.quiet);
  const limit = tiers[tier].limit(daemon);
  const before = await lookups(daemon, tier);
  const ours = load({ url: daemon.url + path, script, seconds: given.seconds, headers: {}, cpu: loadCpu });
  const share = (await lookups(daemon, tier) - before) / ours.requests;
  return { ours, limit, busy, share, ratio: ours.rate / limit };
}

await measured(async () => {
  output("which", "wrk", "redis-benchmark");
  const chain = new PreparedChain(given, "100k");
  await chain.serve({ cpu: loadCpu });
  for (const [tier, { redis, name }] of Object.entries(tiers)) {
    const daemon = new Daemon(given.bin("custodialbridge"), join(given.folder, `run-tier-${tier}`),
      { chain: chain.config("latest", "integrity: none,"), redis, balanceSync: tiny,
        api: "{listen: 127.0.0.1:0, threads: 1, auth: {mode: none}}" });
    daemon.forget();
    await chain.moveHead(chain.head - 8);
    await daemon.start();
    await daemon.register(chain.chain_id, chain.wallets);
    await chain.moveHead(chain.head);  // what Redis holds counts from the first block after a start
    await until("the next blocks", 30, async () => {
      const { chains } = await fetch(`${daemon.url}/v1/admin/status`).then((answer) => answer.json());
      return chains[0].cursor > chain.head - 8;
    });
    const targets = chain.wallets.map((one) => `/v1/users/${one.user_id}/balances/${chain.chain_id}/1`);
    const { random } = writeScripts(given.folder, targets, {});
    load({ url: daemon.url + targets[0], script: random, seconds: 3, headers: {}, cpu: loadCpu });
    const done = [];
    for (let number = 0; number < rounds; number++) {
      done.push(await round(daemon, tier, targets[0], random));
      record.add("tiers", { tier, ...done.at(-1) });
    }
    printTable(`Balances from ${tier}: median (lowest-highest) of ${rounds} rounds of ${given.seconds} s`,
      ["", "a second", "p50 ms", "p99 ms"], [
        ["daemon", show(spread(done, (one) => one.ours.rate)),
          show(spread(done, (one) => one.ours.p50_us / 1000), 2),
          show(spread(done, (one) => one.ours.p99_us / 1000), 2)],
        [name, show(spread(done, (one) => one.limit)), "", ""]]);
    console.log(`ratio                   ${show(spread(done, (one) => one.ratio), 2)}`);
    console.log(`answered by this tier   ${show(spread(done, (one) => 100 * one.share), 1)} %`);
    await daemon.stop();
    daemon.forget();
  }
  await chain.child.stop();
});
