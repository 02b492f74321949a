// NFTs followed from events: who holds which, whatever happened.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { mintArt, mintGame, nftsOnChain } from "./harness/nfts.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertLedgerExact, assertNftsExact, assertTrue } from "./harness/truth.mjs";
import { pause } from "./harness/waiting.mjs";

const collections = [tokens.art, tokens.game];
const early = 5; // wallets that are registered before the traffic

describe("NFTs", { timeout: 300_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 11 });
    const entry = chainEntry(chain, { nftsFollowed: true });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain, chain.wallets.slice(0, early));
  });
  after(() => lab.close());

  const traffic = (seed) => chain.traffic({ tps: 40, seed, kinds: "art,game,cpop" });

  /// Ends the traffic; then listing, balances and journal must say what the chain says.
  async function assertAllExact(running) {
    const { kinds } = await running.stop();
    for (const kind of ["art_transfer", "game_transfer", "game_batch"]) {
      assert.ok(kinds[kind] > 0, `no ${kind}`);
    }
    await chain.mineEvery(0);
    await chain.mine(2);
    const held = await assertNftsExact(daemon, chain);
    assert.ok(held.length > 40, `only ${held.length} holdings`);
    for (const token of collections) await assertLedgerExact(daemon, chain, ledger, token);
    assert.deepEqual(await ledger.suspense(chain.chain_id), []);
  }

  lab.it("of wallets registered before and under traffic are those of the chain", async () => {
    const running = traffic(31);
    chain.mineEvery(0.2);
    for (const wallet of chain.wallets.slice(early)) {
      await mintArt(chain, wallet.address);
      await daemon.register(wallet.user_id, chain.chain_id, wallet.address);
      await mintGame(chain, wallet.address, 2, 7);
      await pause(repetitions(700, 300));
    }
    await daemon.registerAll(chain);
    await daemon.untilApplied(chain, (await chain.head()).number + 5);
    await assertAllExact(running);
  });

  lab.it("follow the chain through reorganisations", async () => {
    const before = await daemon.metric("reorgs_total");
    const running = traffic(32);
    for (let i = 0; i < repetitions(8, 3); i++) {
      chain.mineEvery(0.2);
      const { number } = await chain.head();
      await daemon.untilApplied(chain, number + 6);
      await mintArt(chain, chain.wallets[i].address);
      await chain.mineEvery(0);
      await pause(50); // a block that is being mined
      await chain.reorg(1 + ((i * 3) % 6), []);
    }
    await assertAllExact(running);
    assert.ok((await daemon.metric("reorgs_total")) > before);
  });

  lab.it("survive kill -9, and a reorganisation while nobody looked", async () => {
    const running = traffic(33);
    chain.mineEvery(0.2);
    await daemon.untilApplied(chain, (await chain.head()).number + 5);
    await daemon.crash();
    await pause(700);
    await chain.mineEvery(0);
    await pause(50);
    await chain.reorg(4, []);
    chain.mineEvery(0.2);
    await daemon.start();
    await daemon.untilReady();
    await daemon.untilApplied(chain, (await chain.head()).number + 3);
    await assertAllExact(running);
  });

  lab.it("are counted at earlier blocks as the chain counted them", async () => {
    const { number: head } = await daemon.untilAtHead(chain);
    const answers = [];
    for (const { user_id, address } of chain.wallets) {
      const [{ tracked_from_block: opened }] = await daemon.tracked(user_id);
      for (let block = opened; block <= head; block += 3) {
        for (const token of collections) {
          const query = `?at_block=${block}`;
          const answer = await daemon.balance(user_id, chain.chain_id, token, query);
          assert.equal(answer.block_number, block);
          answers.push({ answer, address });
        }
      }
    }
    await assertTrue(chain, answers);
    const different = (token) => new Set(answers.filter(({ answer }) => answer.token_id === token)
      .map(({ answer }) => `${answer.user_id} ${answer.balance_raw}`)).size;
    for (const token of collections) {
      assert.ok(different(token) > chain.wallets.length + 3, "the counts hardly moved");
    }
  });

  lab.it("are the sums of their changes, each of which names its NFT", async () => {
    const held = await nftsOnChain(chain, chain.wallets.map(({ address }) => address));
    for (const { user_id, address } of chain.wallets) {
      for (const token of collections) {
        const path = `/v1/users/${user_id}/changes?chain_id=${chain.chain_id}&token_id=${token}`;
        const sums = new Map();
        for (const { nft_id, delta_raw } of await daemon.walk(path, 100)) {
          assert.match(nft_id, /^[0-9]+$/);
          sums.set(nft_id, (sums.get(nft_id) ?? 0n) + BigInt(delta_raw));
        }
        const left = [...sums].filter(([, sum]) => sum !== 0n)
          .map(([id, sum]) => `${sum} of ${id}`);
        const expected = held.filter((nft) => nft.address === address && nft.token_id === token)
          .map((nft) => `${nft.amount} of ${nft.nft_id}`);
        assert.deepEqual(left.sort(), expected.sort());
        const { balance_raw } = await daemon.balance(user_id, chain.chain_id, token);
        const sum = [...sums.values()].reduce((a, b) => a + b, 0n);
        assert.equal(balance_raw, String(sum));
      }
    }
  });

  lab.it("are counted anew from the chain with realtime=true", async () => {
    const head = await daemon.untilAtHead(chain);
    const answers = [];
    for (const { user_id, address } of chain.wallets) {
      for (const token of collections) {
        const answer = await daemon.balance(user_id, chain.chain_id, token, "?realtime=true");
        assert.equal(answer.source, "blockchain");
        assert.equal(answer.is_realtime, true);
        assert.equal(answer.block_hash, head.hash);
        answers.push({ answer, address });
      }
    }
    await assertTrue(chain, answers);
  });
});
