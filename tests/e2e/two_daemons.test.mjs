// Two daemons on one database and Redis: the ledger is written once, and both answer from it.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { RedisServer } from "./harness/redis.mjs";
import { assertCachedBalancesTrue, assertTablesExact } from "./harness/truth.mjs";

describe("two daemons on one database", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, ledger, daemons;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 20 });
    const postgres = await PostgresServer.start(lab);
    const redis = await RedisServer.start(lab);
    ledger = Ledger.at(postgres.url);
    daemons = [];
    for (const name of ["first", "second"]) {
      daemons.push(await Daemon.start(lab, name, configuration(lab, name, [chainEntry(chain)], {
        database: { url: postgres.url },
        redis: { url: redis.url },
        balance_sync: { local_ttl: "200ms" },
      })));
    }
  });
  after(() => lab.close());

  lab.it("keep one exact ledger, whoever registers wallets and whoever is killed", async () => {
    const traffic = chain.traffic({ tps: 40, seed: 15 });
    chain.mineEvery(0.2);
    for (let i = 0; i < chain.wallets.length; i++) {
      const { user_id, address } = chain.wallets[i];
      const { status } = await daemons[i % 2].register(user_id, chain.chain_id, address);
      assert.equal(status, 201);
      await daemons[i % 2].tracked(user_id);
    }
    for (let i = 0; i < 4; i++) {
      await daemons[i % 2].untilApplied(chain, (await chain.head()).number + 3);
      await daemons[i % 2].crash();
      await daemons[(i + 1) % 2].untilApplied(chain, (await chain.head()).number + 3);
      await daemons[i % 2].start();
    }
    for (const daemon of daemons) {
      await daemon.untilApplied(chain, (await chain.head()).number + 2);
      await assertCachedBalancesTrue(daemon, chain);
    }
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    const head = await chain.head();
    for (const daemon of daemons) {
      await daemon.untilApplied(chain, head.number);
      await assertCachedBalancesTrue(daemon, chain);
    }
    await assertTablesExact(chain, ledger, head);
  });
});
