// Two chains in one daemon: whatever happens to one, the other does not notice.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { Liar } from "./harness/liar.mjs";
import { assertCachedBalancesTrue, assertLedgerExact, assertTrue } from "./harness/truth.mjs";
import { eventually, pause } from "./harness/waiting.mjs";

const freshSeconds = 2; // how old the healthy chain's balances may be
const troubleSeconds = 5; // how long each trouble lasts at least
const recoverySeconds = 60; // an endpoint that failed for long is asked again by then
const deep = { finality: "depth", confirmations: 2, reorg_depth: 4 };

describe("of two chains", { timeout: 300_000 }, () => {
  const lab = new Lab();
  let healthy, troubled, gate, liar, daemon, ledger;

  lab.before(async () => {
    healthy = await Chain.start(lab, { name: "healthy" });
    troubled = await Chain.start(lab, { name: "troubled", args: ["--chain-id", "31338"] });
    await troubled.mine(deep.reorg_depth);
    gate = await Gate.before(lab, troubled.address);
    liar = await Liar.before(lab, gate.address);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [
      chainEntry(troubled, { ...deep, endpoints: [liar.endpoint] }),
      chainEntry(healthy, { endpoints: [endpoint(healthy.address)] }),
    ], { redis: { url: "none" } }));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(troubled);
    await daemon.registerAll(healthy);
    healthy.traffic({ tps: 20, seed: 51 });
    healthy.mineEvery(0.5);
  });
  after(() => lab.close());

  /// What the daemon says of the healthy chain: once, and never late.
  async function look(seen) {
    const { user_id, address } = healthy.wallets[seen.length % healthy.wallets.length];
    const answer = await daemon.balance(user_id, healthy.chain_id, tokens.cpop);
    const { json } = await daemon.get("/readyz");
    const check = json.checks.find(({ name }) => name === `chain:${healthy.chain_id}`);
    seen.push({ answer, address, check });
  }

  /// Looks at the healthy chain all the while that `trouble` lasts, and then judges what it saw.
  async function unnoticed(trouble) {
    const seen = [];
    let over = false;
    const watching = (async () => {
      while (!over) {
        await look(seen);
        await pause(50);
      }
    })();
    watching.catch(() => {}); // awaited below
    const first = (await healthy.head()).number;
    try {
      await Promise.all([trouble(), pause(troubleSeconds * 1000)]);
    } finally {
      over = true;
      await watching;
    }
    for (const { check, answer } of seen) {
      assert.equal(check.ok, true, check.detail);
      assert.ok(answer.sync_lag <= freshSeconds, `a lag of ${answer.sync_lag} s`);
    }
    const newest = Math.max(...seen.map(({ answer }) => answer.block_number));
    assert.ok(newest >= first + troubleSeconds, `from block ${first} to ${newest} only`);
    await assertTrue(healthy, seen);
    const realtime = await daemon.balance("user-1", healthy.chain_id, tokens.cpop,
      "?realtime=true");
    assert.ok(realtime.block_number >= newest);
  }

  const troubledCheck = async () => {
    const { json } = await daemon.get("/readyz");
    return json.checks.find(({ name }) => name === `chain:${troubled.chain_id}`);
  };

  const growOld = (seconds) => eventually("a growing lag", async () => {
    const answers = await assertCachedBalancesTrue(daemon, troubled);
    return answers.every(({ sync_lag }) => sync_lag >= seconds);
  });

  async function transfers(count) {
    for (let i = 0; i < count; i++) {
      const [from, to] = [troubled.wallets[i % 4], troubled.wallets[(i + 3) % 8]];
      await troubled.transfer(troubled.cpop, from.address, to.address, BigInt(100 + i));
      await troubled.mine();
    }
  }

  async function recovers() {
    await daemon.untilAtHead(troubled, recoverySeconds);
    await assertLedgerExact(daemon, troubled, ledger);
    await eventually("readiness of both", async () => (await troubledCheck()).ok);
  }

  for (const how of ["shut", "stall"]) {
    lab.it(`one may lose its node (${how})`, async () => {
      await unnoticed(async () => {
        gate[how]();
        try {
          await transfers(3);
          await growOld(3);
        } finally {
          gate.open();
        }
      });
      await recovers();
    });
  }

  lab.it("one may be lied to", async () => {
    await unnoticed(async () => {
      const { number } = await daemon.untilAtHead(troubled);
      liar.omitLogs();
      try {
        await transfers(3);
        await growOld(3);
        assert.ok(liar.told > 0, "nobody was lied to");
        assert.equal((await ledger.cursor(troubled.chain_id)).number, number,
          "a block without its logs was applied");
      } finally {
        liar.tellTheTruth();
      }
    });
    await recovers();
  });

  lab.it("one may be reorganised too deep", async () => {
    let old;
    await unnoticed(async () => {
      await transfers(10);
      old = await daemon.untilAtHead(troubled);
      await troubled.reorg(8, []);
      await troubled.mine();
      await eventually("a stopped chain", async () => {
        return (await daemon.status(troubled.chain_id)).state === "stopped";
      });
      const check = await troubledCheck();
      assert.equal(check.ok, false);
      assert.match(check.detail, /reorganised/);
    });
    await daemon.expect(200, "POST", `/v1/admin/chains/${troubled.chain_id}/resume`,
      { body: { from_block: old.number - 8 } });
    await recovers();
  });

  lab.it("both are exact in the end", async () => {
    await healthy.mineEvery(0);
    await healthy.mine(2);
    await daemon.untilReady();
    await assertLedgerExact(daemon, healthy, ledger);
    await assertLedgerExact(daemon, troubled, ledger);
  });
});

describe("a chain that is not there from the start", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let healthy, daemon, ledger;

  lab.before(async () => {
    healthy = await Chain.start(lab, { name: "healthy" });
    const absent = await Chain.start(lab, { name: "absent", args: ["--chain-id", "31338"] });
    const gate = await Gate.before(lab, absent.address);
    gate.shut();
    daemon = new Daemon(lab, "daemon", configuration(lab, "data", [
      chainEntry(absent, { endpoints: [endpoint(gate.address)] }),
      chainEntry(healthy, { endpoints: [endpoint(healthy.address)] }),
    ], { redis: { url: "none" } }));
    await daemon.start();
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(healthy);
  });
  after(() => lab.close());

  lab.it("does not keep the others' history from being indexed", async () => {
    await eventually("the journal's indexes by wallet", async () => (await ledger.row(
      "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid " +
      "WHERE relname IN ('journal_debit', 'journal_credit') AND indisvalid",
    )).count === 2, { seconds: 30 });
    const { user_id } = healthy.wallets[0];
    const { json } = await daemon.get(`/v1/users/${user_id}/changes`);
    assert.ok(Array.isArray(json.items));
    const { json: ready } = await daemon.get("/readyz");
    assert.equal(ready.ready, false);
  });
});
