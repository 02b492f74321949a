// Two daemons on one database and Redis: the ledger is written once, and both answer from it.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { RedisServer } from "./harness/redis.mjs";
import { assertCachedBalancesTrue, assertTablesExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

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

  lab.it("see each other's blocks at once, and nobody is taken back", async () => {
    for (const daemon of daemons) await daemon.untilReady();
    const watches = daemons.map((daemon) => new Watch(daemon, chain));
    const [payer, ...payees] = chain.wallets;
    for (let round = 0; round < 200; round++) {
      const payee = payees[round % payees.length];
      await chain.transfer(chain.cpop, payer.address, payee.address, 1n);
      const { number } = await chain.mine();
      for (const daemon of daemons) await seenThrough(daemon, payee, number);
    }
    for (const watch of watches) await watch.end();
    for (const { reads, backwards } of watches) {
      assert.ok(reads > 200, `only ${reads} reads`);
      assert.deepEqual(backwards, []);
    }
    for (const daemon of daemons) await assertCachedBalancesTrue(daemon, chain);
    for (const daemon of daemons) {
      assert.ok(await daemon.metric("cache_lookups_total", { tier: "local", outcome: "hit" }) > 0);
      assert.equal(await daemon.metric("cache_invalidations_heard"), 1);
      assert.equal(await daemon.metric("redis_connected", { connection: "sync" }), 1);
      assert.ok(await daemon.metric("cache_entries", { tier: "local" }) > 0);
    }
    for (const direction of ["sent", "received"]) {
      const each = await Promise.all(daemons.map((daemon) => {
        return daemon.metric("cache_invalidations_total", { direction });
      }));
      assert.ok(Math.max(...each) >= 200, `${direction}: ${each}`);
    }
  });

  lab.it("see each other's changes of wallets at once", async () => {
    const newcomer = chain.wallets[0];
    for (const [through, other] of [daemons, [...daemons].reverse()]) {
      const { number } = await chain.mine();
      for (const daemon of daemons) await daemon.untilApplied(chain, number);
      const path = `/v1/users/${newcomer.user_id}/wallets/${chain.chain_id}/${newcomer.address}`;
      assert.equal((await through.ask("DELETE", path)).status, 204);
      await eventually("the wallet is gone for both", async () => {
        const answers = await Promise.all(daemons.map((daemon) => {
          return daemon.get(daemon.balancePath(newcomer.user_id, chain.chain_id, tokens.cpop));
        }));
        return answers.every(({ status }) => status === 404);
      }, { seconds: 5, every: 10 });
      await other.register(newcomer.user_id, chain.chain_id, newcomer.address);
      await through.tracked(newcomer.user_id);
      const truth = String(await chain.balanceOf(chain.cpop, newcomer.address));
      for (const daemon of daemons) {
        await eventually("the wallet's balance through both", async () => {
          const { balance_raw } = await daemon.balance(newcomer.user_id, chain.chain_id, tokens.cpop);
          return balance_raw === truth;
        }, { seconds: 5, every: 10 });
      }
    }
  });

  /// Far below the time that an entry lives (30 s).
  function seenThrough(daemon, { user_id }, number) {
    return eventually(`block ${number} through ${daemon.name}`, async () => {
      const { block_number } = await daemon.balance(user_id, chain.chain_id, tokens.cpop);
      return block_number >= number;
    }, { seconds: 5, every: 2 });
  }
});

/// Reads the balances of all wallets through one daemon, one after the other, until the end.
class Watch {
  constructor(daemon, chain) {
    Object.assign(this, { daemon, chain, newest: new Map(), reads: 0, backwards: [] });
    this.ended = this.#read();
  }

  async end() {
    this.stopping = true;
    await this.ended;
    return this;
  }

  async #read() {
    for (let i = 0; !this.stopping; i++) {
      const { user_id } = this.chain.wallets[i % this.chain.wallets.length];
      const { block_number } =
        await this.daemon.balance(user_id, this.chain.chain_id, tokens.cpop);
      const before = this.newest.get(user_id) ?? 0;
      if (block_number < before) this.backwards.push({ user_id, before, block_number });
      this.newest.set(user_id, block_number);
      this.reads++;
    }
  }
}
