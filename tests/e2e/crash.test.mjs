// kill -9 under traffic: nothing lost, nothing twice.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger, postmasterOf } from "./harness/ledger.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { pause } from "./harness/waiting.mjs";

const kills = repetitions(20, 6);
const milliseconds = (i) => 200 + ((i * 379) % 1100); // of life before each kill

describe("a daemon that is killed under traffic", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain, chain.wallets.slice(0, 6));
  });
  after(() => lab.close());

  lab.it(`has an exact ledger after ${kills} kills, with wallets registered in between`,
    async () => {
      const traffic = chain.traffic({ tps: 40, seed: 3 });
      chain.mineEvery(0.2);
      for (let i = 0; i < kills; i++) {
        const late = chain.wallets[6 + (i % 4)];
        await daemon.register(late.user_id, chain.chain_id, late.address);
        await pause(milliseconds(i));
        await daemon.crash();
        await daemon.start();
      }
      await daemon.untilReady();
      await daemon.registerAll(chain);
      await daemon.untilApplied(chain, (await chain.head()).number + 3);
      const { sent } = await traffic.stop();
      assert.ok(sent > 100, `only ${sent} transactions`);
      await chain.mineEvery(0);
      await chain.mine(2);
      await assertLedgerExact(daemon, chain, ledger);
      assert.ok((await ledger.moves(chain.chain_id, tokens.cpop)).length > 100);
    });

  lab.it("adopts the PostgreSQL that its predecessor left running", async () => {
    const before = postmasterOf(daemon.dataDir);
    await daemon.crash();
    await daemon.start();
    await daemon.untilReady();
    assert.equal(postmasterOf(daemon.dataDir), before);
  });

  lab.it("ends well at last, with all that it started", async () => {
    await daemon.stop();
    assert.deepEqual(lab.inhabitants(daemon.dataDir), []);
  });
});
