// The same truths on another EVM client, one that can do less: ganache.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { GanacheChain } from "./harness/ganache.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertCachedBalancesTrue, assertLedgerExact, assertNftsExact }
  from "./harness/truth.mjs";
import { pause } from "./harness/waiting.mjs";

const followed = [tokens.cpop, tokens.usdt, tokens.art, tokens.game];
const early = 5; // wallets that are registered before the traffic

describe("ganache", { timeout: 300_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger;

  lab.before(async () => {
    chain = await GanacheChain.start(lab, { wallets: 9 });
    await chain.mine(8); // the contracts stay
    const entry = chainEntry(chain, { usdtFollowed: true, nftsFollowed: true,
      finality: "depth", confirmations: 4, reorg_depth: 32 });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain, chain.wallets.slice(0, early));
  });
  after(() => lab.close());

  async function assertAllExact(traffic) {
    const { sent } = await traffic.stop();
    assert.ok(sent > 30, `only ${sent} transactions`);
    await chain.mineEvery(0);
    await chain.mine(2);
    for (const token of followed) await assertLedgerExact(daemon, chain, ledger, token);
    await assertNftsExact(daemon, chain);
    await assertCachedBalancesTrue(daemon, chain, tokens.eth);
    assert.deepEqual(await ledger.suspense(chain.chain_id), []);
  }

  lab.it("is followed, its blocks proven by single receipts, or checked by their blooms", async () => {
    const traffic = chain.traffic({ tps: 25, seed: 41 });
    chain.mineEvery(0.3);
    for (const wallet of chain.wallets.slice(early)) {
      await daemon.register(wallet.user_id, chain.chain_id, wallet.address);
      await pause(repetitions(1500, 500));
    }
    await daemon.registerAll(chain);
    await daemon.untilApplied(chain, (await chain.head()).number + 3);
    await assertAllExact(traffic);
    const { state, completeness } = await daemon.status(chain.chain_id);
    assert.equal(state, "following");
    assert.match(completeness, /^(proven|checked)$/);
    for (const token of followed) {
      assert.ok((await ledger.moves(chain.chain_id, token)).length > 0, `no move of ${token}`);
    }
  });

  lab.it("is followed through reorganisations", async () => {
    const before = await daemon.metric("reorgs_total");
    const traffic = chain.traffic({ tps: 25, seed: 42 });
    for (let i = 0; i < repetitions(8, 3); i++) {
      chain.mineEvery(0.3);
      await daemon.untilApplied(chain, (await chain.head()).number + 5);
      await chain.mineEvery(0);
      const [first, second] = [0, 1].map((n) => chain.wallets[(i + n) % 9].address);
      await chain.reorg(1 + ((i * 3) % 5), [chain.transferRequest(first, second, 5n)]);
    }
    await assertAllExact(traffic);
    assert.ok((await daemon.metric("reorgs_total")) > before);
  });

  lab.it("is followed after a kill -9 and a reorganisation meanwhile", async () => {
    const traffic = chain.traffic({ tps: 25, seed: 43 });
    chain.mineEvery(0.3);
    await daemon.untilApplied(chain, (await chain.head()).number + 6);
    await daemon.crash();
    await chain.mineEvery(0);
    await chain.reorg(4, []);
    chain.mineEvery(0.3);
    await daemon.start();
    await daemon.untilReady();
    await daemon.untilApplied(chain, (await chain.head()).number + 3);
    await assertAllExact(traffic);
  });
});
