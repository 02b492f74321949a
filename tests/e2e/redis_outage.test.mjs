// Redis goes away, hangs and comes back, under traffic: no request fails.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { RedisServer } from "./harness/redis.mjs";
import { assertCachedBalancesTrue, assertLedgerExact } from "./harness/truth.mjs";
import { eventually, pause } from "./harness/waiting.mjs";

const localTtl = 200; // short, so that Redis is asked all the time

/// What was published before or during an outage is not believed: a block must come first, and
/// another one when somebody wrote to Redis in vain meanwhile.
async function answersFromRedis(daemon, chain) {
  const path = daemon.balancePath("user-1", chain.chain_id, tokens.cpop);
  chain.mineEvery(0.5);
  await eventually("an answer from Redis", async () => {
    await pause(localTtl);
    return (await daemon.get(path)).headers.get("x-balance-tier") === "redis";
  });
  await chain.mineEvery(0);
}

describe("while Redis is away", { timeout: 180_000 }, () => {
  const lab = new Lab();
  const newest = new Map();
  let chain, redis, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    redis = await RedisServer.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      redis: { url: redis.url },
      balance_sync: { local_ttl: `${localTtl}ms` },
    }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  /// Every wallet's balance is true, and no reader is taken back to an earlier block.
  async function readAll() {
    for (const { user_id, block_number } of await assertCachedBalancesTrue(daemon, chain)) {
      assert.ok(block_number >= (newest.get(user_id) ?? 0), `${user_id} went back in time`);
      newest.set(user_id, block_number);
    }
  }

  async function readFor(milliseconds) {
    for (const end = Date.now() + milliseconds; Date.now() < end; await pause(50)) await readAll();
  }

  const degraded = async () => (await daemon.get("/readyz")).json.degraded;

  async function answersFromRedisAgain() {
    await answersFromRedis(daemon, chain);
    await readAll();
  }

  async function withTraffic(seed, body) {
    const traffic = chain.traffic({ tps: 15, seed });
    chain.mineEvery(0.3);
    await body();
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
  }

  lab.it("the next tier answers, and readyz says degraded, not unready", async () => {
    await withTraffic(7, async () => {
      await readFor(1000);
      await redis.stop();
      await eventually("degraded", async () => {
        await readAll();
        return (await degraded()).includes("redis");
      });
      await readFor(1500);
      const { status, json } = await daemon.get("/readyz");
      assert.equal(status, 200);
      assert.equal(json.ready, true);
      const { user_id, address } = chain.wallets[0];
      assert.equal((await daemon.register(user_id, chain.chain_id, address)).status, 200);
    });
  });

  lab.it("it is used again once it is back", async () => {
    await redis.startAgain();
    await eventually("no longer degraded", async () => (await degraded()).length === 0);
    await answersFromRedisAgain();
  });

  lab.it("one that hangs is passed by, and its old entries are not believed later", async () => {
    await withTraffic(8, async () => {
      await readFor(500);
      redis.program.signal("SIGSTOP");
      await readFor(3000);
      redis.program.signal("SIGCONT");
      await readFor(2000);
    });
    await answersFromRedisAgain();
  });
});

describe("when the embedded Redis is killed", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      balance_sync: { local_ttl: `${localTtl}ms` },
    }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const redisPid = () => {
    const found = lab.inhabitants(daemon.dataDir).find((name) => name.startsWith("redis-server"));
    return Number(found?.match(/\((\d+)\)/)[1]);
  };

  lab.it("the daemon starts it again and nobody notices", async () => {
    const killed = await eventually("an embedded Redis", redisPid);
    process.kill(killed, "SIGKILL");
    await chain.transfer(chain.cpop, chain.wallets[0].address, chain.wallets[1].address, 1n);
    await chain.mine();
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
    await eventually("another Redis", () => redisPid() > 0 && redisPid() !== killed);
    await answersFromRedis(daemon, chain);
    await eventually("no longer degraded", async () => {
      return (await daemon.get("/readyz")).json.degraded.length === 0;
    });
  });
});
