// PostgreSQL goes away and comes back, under traffic.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger, postmasterOf } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertCachedBalancesTrue, assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const newcomer = "0x00000000000000000000000000000000000AbCdE".toLowerCase();

async function restAndCompare(daemon, chain, ledger, traffic) {
  await daemon.untilApplied(chain, (await chain.head()).number + 2);
  await traffic.stop();
  await chain.mineEvery(0);
  await chain.mine(2);
  await assertLedgerExact(daemon, chain, ledger);
}

describe("while somebody else's PostgreSQL is down", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, postgres, daemon, traffic, lastBefore;

  lab.before(async () => {
    chain = await Chain.start(lab);
    postgres = await PostgresServer.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      database: { url: postgres.url },
      redis: { url: "none" },
      balance_sync: { local_ttl: "500ms" },
    }));
    await daemon.registerAll(chain);
    traffic = chain.traffic({ tps: 20, seed: 4 });
    chain.mineEvery(0.25);
    await daemon.untilApplied(chain, (await chain.head()).number + 4);
    await assertCachedBalancesTrue(daemon, chain);
    lastBefore = (await chain.head()).number;
    await postgres.stop();
  });
  after(() => lab.close());

  lab.it("readyz says so", async () => {
    await eventually("503 of readyz", async () => {
      const { status, json } = await daemon.get("/readyz");
      const database = json.checks.find(({ name }) => name === "database");
      return status === 503 && json.ready === false && database.ok === false;
    });
    assert.equal((await daemon.get("/livez")).status, 200);
  });

  lab.it("cached balances are still answered, past their TTL and with a growing lag", async () => {
    for (const lag of [2, 4]) {
      for (const { user_id } of chain.wallets) {
        const answer = await eventually(`a lag of ${lag} s`, async () => {
          const seen = await daemon.balance(user_id, chain.chain_id, tokens.cpop);
          return seen.sync_lag >= lag && seen;
        });
        assert.ok(answer.block_number <= lastBefore + 4, "no block can have been applied");
      }
    }
    await assertCachedBalancesTrue(daemon, chain);
  });

  lab.it("writes and everything that only the database knows are 503", async () => {
    const { chain_id } = chain;
    assertProblem(await daemon.register("newcomer", chain_id, newcomer), 503, "unavailable");
    const wallet = `/v1/users/user-1/wallets/${chain_id}/${chain.wallets[0].address}`;
    assertProblem(await daemon.ask("DELETE", wallet), 503, "unavailable");
    assertProblem(await daemon.get("/v1/users/user-1/wallets"), 503, "unavailable");
    const unknown = daemon.balancePath("nobody-ever", chain_id, tokens.cpop);
    assert.equal((await daemon.get(unknown)).status, 503);
    assert.equal((await daemon.get("/v1/tokens")).status, 200);
  });

  lab.it("nothing is lost: once it is back, all catches up", async () => {
    await postgres.startAgain();
    await daemon.untilReady();
    const ledger = Ledger.at(postgres.url);
    const users = (await ledger.wallets(chain.chain_id)).map(({ user_id }) => user_id);
    assert.ok(!users.includes("newcomer"), "a refused write was written");
    await restAndCompare(daemon, chain, ledger, traffic);
    assert.equal((await daemon.register("newcomer", chain.chain_id, newcomer)).status, 201);
    await daemon.tracked("newcomer");
  });

  lab.it("a restart of it between two blocks is not even noticed by readers", async () => {
    traffic = chain.traffic({ tps: 20, seed: 5 });
    chain.mineEvery(0.25);
    for (let i = 0; i < 3; i++) {
      await postgres.stop();
      await postgres.startAgain();
      await assertCachedBalancesTrue(daemon, chain);
      await daemon.untilApplied(chain, (await chain.head()).number + 2);
    }
    await daemon.untilReady();
    await restAndCompare(daemon, chain, Ledger.at(postgres.url), traffic);
  });
});

describe("when the embedded PostgreSQL is killed", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      balance_sync: { local_ttl: "500ms" },
    }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  lab.it("the daemon starts it again and the ledger stays exact", async () => {
    const traffic = chain.traffic({ tps: 20, seed: 6 });
    chain.mineEvery(0.25);
    for (let i = 0; i < 3; i++) {
      await daemon.untilApplied(chain, (await chain.head()).number + 2);
      const killed = postmasterOf(daemon.dataDir);
      process.kill(killed, "SIGKILL");
      await assertCachedBalancesTrue(daemon, chain);
      await eventually("another postmaster", () => postmasterOf(daemon.dataDir) !== killed);
      await daemon.untilReady();
    }
    await restAndCompare(daemon, chain, Ledger.embeddedIn(daemon.dataDir), traffic);
  });
});
