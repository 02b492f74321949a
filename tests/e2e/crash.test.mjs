// kill -9 under traffic and reorganisations: nothing lost, nothing twice.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Random } from "../devnet/random.mjs";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger, postmasterOf } from "./harness/ledger.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertLedgerExact, assertNftsExact } from "./harness/truth.mjs";
import { pause } from "./harness/waiting.mjs";

const kills = repetitions(30, 6);
const deepest = 8; // blocks of a reorganisation
const followed = [tokens.cpop, tokens.usdt, tokens.art, tokens.game];

describe("a daemon that is killed under traffic", { timeout: 300_000 }, () => {
  const lab = new Lab();
  const random = new Random(11);
  let chain, daemon, ledger;
  let reorgs = 0;

  lab.before(async () => {
    chain = await Chain.start(lab);
    await chain.mine(deepest); // the contracts stay
    const entry = chainEntry(chain, { usdtFollowed: true, nftsFollowed: true });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain, chain.wallets.slice(0, 6));
  });
  after(() => lab.close());

  async function reorganise() {
    await chain.mineEvery(0);
    await pause(50); // a block that is being mined
    await chain.reorg(1 + random.below(deepest), []);
    chain.mineEvery(0.2);
    reorgs++;
  }

  /// One life, with a reorganisation at its end, after it, as the next one begins, or none.
  async function liveAndDie() {
    await pause(200 + random.below(1800));
    const when = random.pick(["last", "dead", "first", "never"]);
    if (when === "last") {
      await reorganise();
      await pause(random.below(250)); // it may be at work on that
    }
    await daemon.crash();
    if (when === "dead") await reorganise();
    await daemon.start();
    if (when === "first") await reorganise();
  }

  async function assertExact(token) {
    await assertLedgerExact(daemon, chain, ledger, token);
    const moves = await ledger.moves(chain.chain_id, token);
    assert.ok(moves.length >= kills, `only ${moves.length} moves of token ${token}`);
    assert.ok(moves.some(({ debit, credit }) => debit > 0 && credit > 0), "none among wallets");
    const { held, came } = await ledger.sums(chain.chain_id, token);
    assert.equal(held, came, "moves between our wallets do not sum to zero");
  }

  lab.it(`has an exact ledger after ${kills} kills, with reorganisations and registrations`,
    async () => {
      const traffic = [
        chain.traffic({ tps: 100, seed: 3 }),
        chain.traffic({ tps: 40, seed: 4, kinds: "art,game,usdt" }),
      ];
      chain.mineEvery(0.2);
      for (let i = 0; i < kills; i++) {
        const late = chain.wallets[6 + (i % 4)];
        await daemon.register(late.user_id, chain.chain_id, late.address);
        await liveAndDie();
      }
      await daemon.untilReady();
      await daemon.registerAll(chain);
      await daemon.untilApplied(chain, (await chain.head()).number + 3);
      let sent = 0;
      for (const each of traffic) sent += (await each.stop()).sent;
      assert.ok(sent > 300, `only ${sent} transactions`);
      assert.ok(reorgs >= kills / 3, `only ${reorgs} reorganisations`);
      await chain.mineEvery(0);
      await chain.mine(2);
      for (const token of followed) await assertExact(token);
      await assertNftsExact(daemon, chain);
      assert.deepEqual(await ledger.suspense(chain.chain_id), [], "moves that no event explains");
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
