// realtime=true: what the chain itself says, pinned to one block.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertLedgerExact, assertTrue } from "./harness/truth.mjs";

const tries = repetitions(300, 60);

describe("a realtime balance under traffic", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, daemon, traffic;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    await daemon.registerAll(chain);
    traffic = chain.traffic({ tps: 25, seed: 2 });
    chain.mineEvery(0.25);
  });
  after(() => lab.close());

  const realtime = (user, token, query = "") =>
    daemon.balance(user, chain.chain_id, token, `?realtime=true${query}`);

  lab.it("has the documented fields", async () => {
    const cached = await daemon.balance("user-1", chain.chain_id, tokens.cpop);
    const { headers, json } = await daemon.get(
      daemon.balancePath("user-1", chain.chain_id, tokens.cpop, "?realtime=true"));
    assert.equal(headers.get("x-balance-tier"), "chain");
    assert.deepEqual(Object.keys(json).sort(),
      [...Object.keys(cached), "chain_confirmation"].sort());
    assert.equal(json.source, "blockchain");
    assert.equal(json.is_realtime, true);
    assert.equal(json.sync_lag, 0);
    assert.ok(json.chain_confirmation >= 1);
  });

  lab.it(`is what balanceOf says at the returned block, ${tries} times out of ${tries}`,
    async () => {
      const answers = [];
      for (let i = 0; i < tries; i++) {
        const { user_id, address } = chain.wallets[i % chain.wallets.length];
        const token = i % 5 === 0 ? tokens.eth : i % 5 === 1 ? tokens.usdt : tokens.cpop;
        answers.push({ address, answer: await realtime(user_id, token) });
      }
      const newest = Math.max(...answers.map(({ answer }) => answer.block_number));
      await daemon.untilApplied(chain, newest + 1);
      await assertTrue(chain, answers);
    });

  lab.it("is as deep as was asked for", async () => {
    const answers = [];
    await chain.mine(20);
    for (const confirmations of [1, 2, 3, 8, 20]) {
      for (const { user_id, address } of chain.wallets.slice(0, 4)) {
        const before = await chain.head();
        const answer = await realtime(user_id, tokens.cpop, `&confirmations=${confirmations}`);
        assert.ok(answer.chain_confirmation >= confirmations, `${confirmations} asked for`);
        assert.ok(answer.block_number > before.number - confirmations - 2, "far too deep");
        answers.push({ address, answer });
      }
    }
    await daemon.untilApplied(chain, (await chain.head()).number + 1);
    await assertTrue(chain, answers);
  });

  lab.it("is never newer than a cached read that comes after it", async () => {
    for (let i = 0; i < repetitions(100, 30); i++) {
      const { user_id } = chain.wallets[i % chain.wallets.length];
      const seen = await realtime(user_id, tokens.cpop);
      const cached = await daemon.balance(user_id, chain.chain_id, tokens.cpop);
      assert.ok(cached.block_number >= seen.block_number,
        `cached at ${cached.block_number}, after a realtime read at ${seen.block_number}`);
      if (cached.block_number === seen.block_number) {
        assert.equal(cached.balance_raw, seen.balance_raw);
      }
    }
  });

  lab.it("changes nothing in a ledger that was right", async () => {
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
  });
});

describe("realtime_confirmations in the configuration", { timeout: 60_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const entry = chainEntry(chain, { realtime_confirmations: 3 });
    daemon = await Daemon.start(lab, "daemon",
      configuration(lab, "data", [entry], { redis: { url: "none" } }));
    await daemon.registerAll(chain, chain.wallets.slice(0, 1));
    await chain.mine(5);
  });
  after(() => lab.close());

  lab.it("is how deep a realtime query looks that does not say", async () => {
    const { number } = await chain.head();
    const read = (query) => daemon.balance("user-1", chain.chain_id, tokens.cpop, query);
    const answer = await read("?realtime=true");
    assert.equal(answer.chain_confirmation, 3);
    assert.equal(answer.block_number, number - 2);
    assert.equal((await read("?realtime=true&confirmations=1")).block_number, number);
  });
});
