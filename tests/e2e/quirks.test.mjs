// Tokens that do not do what the standards say: whatever they do, balances are the chain's, other
// tokens do not notice, and the daemon stays ready.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain, topics } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Contract, compiled, encode, mined } from "./harness/contracts.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const nobody = `0x${"0".repeat(40)}`;
const word = (address) => encode(["address"], [address]);
const number = (value) => encode(["uint256"], [value]);
const most = 2n ** 256n - 1n;
const suspense = -1;
const [transferKind, mintKind, burnKind, openingKind, syncKind] = [0, 1, 2, 3, 4];
const collection = tokens.game;
const gameIds = [1n, 2n, 3n];

/// What is followed beside the devnet's own tokens: [token_id, contract, more of its entry].
const quirky = {
  weth: [10, "WETH9"],
  silent: [11, "NoReturn"],
  tax: [12, "TaxToken"],
  rebasing: [13, "RebasingToken"],
  full: [14, "TestUSDT"],
  notices: [15, "NoticeToken"],
  lying: [17, "LyingToken"],
  old: [16, "OldNFT", { kind: "erc721", sync_class: "nft" }],
};

describe("tokens with quirks", { timeout: 300_000 }, () => {
  const lab = new Lab();
  const contracts = {};
  let chain, daemon, ledger, alice, bob, carol, dave;

  lab.before(async () => {
    chain = await Chain.start(lab);
    [alice, bob, carol, dave] = chain.wallets;
    const entry = chainEntry(chain, { usdtFollowed: true, nftsFollowed: true });
    for (const [name, [token_id, contract, others]] of Object.entries(quirky)) {
      contracts[name] = await Contract.deploy(chain, compiled(contract));
      entry.tokens.push({ token_id, kind: "erc20", symbol: name.toUpperCase(), decimals: 0,
        sync_class: "other", address: contracts[name].address, realtime: true, ...others });
    }
    contracts.game = new Contract(chain, chain.game, compiled("GAME").abi);
    contracts.spoofer = await Contract.deploy(chain, compiled("Spoofer"));
    for (const { address: to } of [alice, bob, carol]) {
      for (const name of ["silent", "tax", "rebasing"]) {
        await contracts[name].call(to, "mint", to, 1000n);
      }
    }
    await contracts.old.call(alice.address, "mint", alice.address, 1n);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry],
      { balance_sync: { verify_changed: "1s" } }));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const id = (name) => quirky[name]?.[0] ?? tokens[name];
  const raw = async ({ user_id }, name) =>
    (await daemon.balance(user_id, chain.chain_id, id(name))).balance_raw;
  const onChain = (name, { address }) => contracts[name].read("balanceOf", address);

  /// The collection's pieces: what its ids' balances sum to.
  async function gameOnChain({ address }) {
    let sum = 0n;
    for (const each of gameIds) sum += await contracts.game.read("balanceOf", address, each);
    return sum;
  }

  /// The ledger's balance of the wallet becomes what its contract says.
  async function untilTrue(name, wallet) {
    const expected = String(await onChain(name, wallet));
    await eventually(`${wallet.user_id}'s ${name} is ${expected}`,
      async () => (await raw(wallet, name)) === expected, { seconds: 10 });
  }

  /// Every balance of every followed token is the chain's, and its journal sums to it; CPOP and
  /// USDT have no entry that an event does not explain.
  async function assertAllTrue() {
    await daemon.untilAtHead(chain);
    for (const name of Object.keys(quirky)) {
      for (const wallet of chain.wallets.slice(0, 4)) await untilTrue(name, wallet);
      const stored = await ledger.balances(chain.chain_id, id(name));
      for (const { wallet_id, amount, journal } of stored) {
        assert.equal(amount, journal, `${name}, wallet ${wallet_id}`);
      }
    }
    await assertLedgerExact(daemon, chain, ledger, tokens.cpop);
    await assertLedgerExact(daemon, chain, ledger, tokens.usdt);
    for (const wallet of chain.wallets.slice(0, 4)) {
      assert.equal(await raw(wallet, "game"), String(await gameOnChain(wallet)), wallet.user_id);
    }
    assert.equal((await daemon.get("/readyz")).status, 200);
    assert.equal(await daemon.metric("balance_mismatch_total"), 0);
    assert.equal((await daemon.status(chain.chain_id)).state, "following");
  }

  /// Journal rows of a token that are no openings: "kind debit>credit amount", by wallet.
  async function rowsOf(name) {
    const wallets = await ledger.wallets(chain.chain_id);
    const side = (number) =>
      wallets.find(({ wallet_id }) => wallet_id === number)?.user_id ?? number;
    const rows = await ledger.rows(`
      SELECT debit, credit, amount::text AS amount, kind FROM journal
      WHERE chain_id = ${chain.chain_id} AND token_id = ${id(name)} AND NOT orphaned
        AND kind <> ${openingKind}
      ORDER BY block_number, log_index, sub_index, epoch`);
    return rows.map(({ debit, credit, amount, kind }) =>
      `${kind} ${side(debit)}>${side(credit)} ${amount}`);
  }

  lab.it("wrapped ether: deposits and withdrawals without a Transfer are read", async () => {
    await mined(chain, await contracts.weth.pay(500n, alice.address, "deposit"));
    await untilTrue("weth", alice);
    assert.equal(await raw(alice, "weth"), "500");
    await contracts.weth.call(alice.address, "withdraw", 200n);
    await untilTrue("weth", alice);
    await contracts.weth.call(alice.address, "transfer", bob.address, 50n);
    await untilTrue("weth", bob);
    assert.deepEqual(await rowsOf("weth"), [
      `${syncKind} ${suspense}>user-1 500`,
      `${syncKind} user-1>${suspense} 200`,
      `${transferKind} user-1>user-2 50`,
    ]);
    await assertAllTrue();
  });

  lab.it("wrapped ether: a deposit that is spent in its own block", async () => {
    await contracts.weth.pay(70n, carol.address, "deposit");
    await contracts.weth.send(carol.address, "transfer", alice.address, 60n);
    await contracts.weth.send(carol.address, "withdraw", 4n);
    await chain.mine();
    await assertAllTrue();
    assert.equal(await raw(carol, "weth"), "6");
  });

  lab.it("a transfer that returns nothing is a transfer", async () => {
    await contracts.silent.send(alice.address, "transfer", bob.address, 10n);
    await contracts.silent.send(bob.address, "transfer", carol.address, 1010n);
    await chain.mine();
    await assertAllTrue();
    assert.deepEqual(await rowsOf("silent"), [
      `${transferKind} user-1>user-2 10`, `${transferKind} user-2>user-3 1010`]);
  });

  lab.it("what a fee took is found, told, and told to the operator when it goes on", async () => {
    const differences = () =>
      daemon.metric("balance_differences_total", { token: String(id("tax")) });
    for (const [i, to] of [bob, carol, dave].entries()) {
      await contracts.tax.call(alice.address, "transfer", to.address, 100n * BigInt(i + 1));
      await untilTrue("tax", to);
      await eventually("a difference", async () => (await differences()) === i + 1);
    }
    await eventually("the alert", () =>
      /alert=events-do-not-explain .*token:12/.test(daemon.program.output()));
    assert.equal(await raw(dave, "tax"), "297");
    assert.deepEqual(await rowsOf("tax"), [1, 2, 3].flatMap((n) => [
      `${transferKind} user-1>user-${n + 1} ${n}00`,
      `${syncKind} user-${n + 1}>${suspense} ${n}`,
    ]));
    await assertAllTrue();
  });

  lab.it("of a rebasing token the ledger follows with the next event", async () => {
    await contracts.rebasing.call(chain.deployer, "rebase", 110n);
    await contracts.rebasing.call(alice.address, "transfer", bob.address, 11n);
    await untilTrue("rebasing", alice);
    await untilTrue("rebasing", bob);
    assert.equal(await raw(alice, "rebasing"), "1089");
    await contracts.rebasing.call(chain.deployer, "rebase", 50n);
    await contracts.rebasing.send(bob.address, "transfer", alice.address, 5n);
    await contracts.rebasing.send(carol.address, "transfer", bob.address, 5n);
    await chain.mine();
    await assertAllTrue();
    await eventually("the alert", () =>
      /alert=events-do-not-explain .*token:13/.test(daemon.program.output()));
  });

  lab.it("an amount may be all that there can be", async () => {
    await contracts.full.call(chain.deployer, "mint", alice.address, most);
    await daemon.untilAtHead(chain);
    assert.equal(await raw(alice, "full"), String(most));
    await contracts.full.send(alice.address, "transfer", alice.address, most);
    await contracts.full.send(alice.address, "transfer", bob.address, most);
    await contracts.full.send(bob.address, "transfer", carol.address, 0n);
    await contracts.full.send(bob.address, "transfer", carol.address, most - 1n);
    await chain.mine();
    await assertAllTrue();
    assert.equal(await raw(carol, "full"), String(most - 1n));
    assert.deepEqual(await rowsOf("full"), [
      `${mintKind} 0>user-1 ${most}`, `${transferKind} user-1>user-1 ${most}`,
      `${transferKind} user-1>user-2 ${most}`, `${transferKind} user-2>user-3 0`,
      `${transferKind} user-2>user-3 ${most - 1n}`]);
    const { items } = await daemon.expect(200, "GET",
      `/v1/events?address=${alice.address}&event_type=Transfer&limit=1000`);
    assert.ok(items.some(({ amount }) => amount === String(most)));
  });

  lab.it("Mint and Burn without a Transfer count, once", async () => {
    await contracts.notices.call(chain.deployer, "mint", alice.address, 900n);
    await contracts.notices.send(chain.deployer, "mint", alice.address, 30n);
    await contracts.notices.send(alice.address, "burn", 20n);
    await chain.mine();
    await assertAllTrue();
    assert.equal(await raw(alice, "notices"), "910");
    assert.deepEqual(await rowsOf("notices"), [`${mintKind} 0>user-1 900`,
      `${mintKind} 0>user-1 30`, `${burnKind} user-1>0 20`]);
  });

  lab.it("Transfers that a stranger tells of are nothing", async () => {
    const events = async () => (await daemon.expect(200, "GET", "/v1/events?limit=1000")).items;
    const before = await events();
    const amount = number(10n ** 18n);
    const parties = [word(alice.address), word(bob.address)];
    const { spoofer } = contracts;
    await spoofer.send(chain.deployer, "tell", [topics.transfer, ...parties], amount);
    await spoofer.send(chain.deployer, "tell", [topics.mint, word(alice.address)], amount);
    await spoofer.send(chain.deployer, "tell", [topics.burn, word(alice.address)], amount);
    await spoofer.send(chain.deployer, "tell", [topics.transfer, ...parties, word(bob.address)],
      "0x");
    await spoofer.send(chain.deployer, "tell", [topics.transfer],
      encode(["address", "address", "uint256"], [alice.address, bob.address, 1n]));
    const block = await chain.mine();
    assert.equal((await chain.logs(spoofer.address, block.number, block.number)).length, 5);
    await assertAllTrue();
    assert.deepEqual(await events(), before);
  });

  /// What the lying token tells of, and what it has, for a block to come.
  const tell = (topicsOf, data) =>
    contracts.lying.send(chain.deployer, "tell", topicsOf, data);
  const tellTransfer = (from, to, amount) =>
    tell([topics.transfer, word(from.address), word(to.address)], number(amount));
  const lieAbout = async (amounts) => {
    for (const [wallet, amount] of amounts) {
      await contracts.lying.send(chain.deployer, "set", wallet.address, amount);
    }
  };

  lab.it("a Transfer of more than the ledger knows of is no end to it", async () => {
    await lieAbout([[alice, 4n], [bob, 6n]]);
    await tellTransfer(carol, bob, 1000n);
    await tellTransfer({ address: nobody }, alice, most);
    await chain.mine();
    await assertAllTrue();
    await lieAbout([[alice, 4n], [bob, 1n], [carol, most]]);
    await tellTransfer(bob, carol, most);
    await tellTransfer(bob, carol, 0n);
    await chain.mine();
    await assertAllTrue();
    await lieAbout([[carol, 3n]]);
    await tellTransfer(carol, bob, most - 1n);
    await tellTransfer(bob, carol, most - 1n);
    await chain.mine();
    await assertAllTrue();
  });

  lab.it("Transfers that add up to more than there can be are no end to it", async () => {
    await lieAbout([[alice, 4n], [bob, 6n], [carol, 7n]]);
    await tellTransfer({ address: nobody }, alice, most);
    await tellTransfer({ address: nobody }, alice, most);
    await tellTransfer(bob, carol, most);
    await tellTransfer(bob, carol, most);
    await chain.mine();
    await assertAllTrue();
    await tellTransfer({ address: nobody }, dave, most - 3n);
    await chain.mine();
    await tellTransfer({ address: nobody }, dave, 9n);
    await lieAbout([[dave, 5n]]);
    await chain.mine();
    await assertAllTrue();
    assert.equal(await raw(dave, "lying"), "5");
  });

  lab.it("logs that no standard allows are reasons to look, at most", async () => {
    const parties = [word(alice.address), word(bob.address)];
    await lieAbout([[alice, 11n], [bob, 12n], [carol, 13n]]);
    await tell([topics.transfer, word(alice.address)], "0x");
    await tell([topics.transfer, ...parties], `${number(1n)}00`);
    await tell([topics.transfer, ...parties, number(1n)], number(1n));
    await tell([topics.transfer, `0x${"f".repeat(64)}`, word(bob.address)], number(1n));
    await tell([topics.mint, word(alice.address)], "0x");
    await tell([`0x${"1".repeat(64)}`, word(carol.address)], `0x${"ab".repeat(5000)}`);
    await chain.mine();
    await assertAllTrue();
    const moved = (await rowsOf("lying")).filter((row) => row.startsWith(`${transferKind} `));
    assert.equal(moved.length, 7, "only what the last tests told of");
  });

  /// Ids of the old collection that the daemon lists.
  async function piecesOf({ user_id }) {
    const { items } = await daemon.expect(200, "GET", `/v1/users/${user_id}/nfts?limit=1000`);
    return items.filter(({ token_id }) => token_id === id("old")).map(({ nft_id }) => nft_id);
  }

  lab.it("an old collection that indexes nothing is counted", async () => {
    assert.equal(await raw(alice, "old"), "1");
    assert.deepEqual(await piecesOf(alice), ["1"], "minted before the wallet was registered");
    for (const piece of [2n, 3n]) {
      await contracts.old.call(alice.address, "mint", alice.address, piece);
    }
    await contracts.old.send(alice.address, "transfer", bob.address, 2n);
    await contracts.old.send(alice.address, "transfer", bob.address, 1n);
    await contracts.old.send(bob.address, "transfer", carol.address, 1n);
    await contracts.old.send(alice.address, "transfer", alice.address, 3n);
    await chain.mine();
    await assertAllTrue();
    for (const wallet of [alice, bob, carol]) assert.equal(await raw(wallet, "old"), "1");
    const held = await Promise.all([alice, bob, carol].map(piecesOf));
    assert.deepEqual(held, [["3"], ["2"], ["1"]]);
  });

  lab.it("batches may be empty and name an id twice", async () => {
    const batch = (from, to, ids, amounts) => contracts.game.send(from.address,
      "safeBatchTransferFrom", from.address, to.address, ids, amounts, "0x");
    await batch(alice, bob, [], []);
    await batch(alice, bob, [1, 1, 2, 1], [5, 6, 7, 0]);
    await batch(bob, carol, [1, 1], [1, 110]);
    await batch(carol, carol, [3, 3], [4, 4]);
    await chain.mine();
    await assertAllTrue();
    for (const wallet of [alice, bob, carol]) {
      const { items } = await daemon.expect(200, "GET",
        `/v1/users/${wallet.user_id}/nfts?limit=1000`);
      const held = items.filter(({ token_id }) => token_id === collection)
        .map(({ nft_id, amount }) => [nft_id, amount]).sort();
      const expected = [];
      for (const each of gameIds) {
        const amount = await contracts.game.read("balanceOf", wallet.address, each);
        if (amount > 0n) expected.push([String(each), String(amount)]);
      }
      assert.deepEqual(held, expected, wallet.user_id);
    }
  });

  lab.it("all of it together with traffic leaves the others exact", async () => {
    const traffic = chain.traffic({ tps: 20, seed: 31 });
    chain.mineEvery(0.25);
    for (let i = 1n; i <= 10n; i++) {
      await contracts.weth.pay(i, bob.address, "deposit");
      await contracts.tax.send(bob.address, "transfer", carol.address, 100n);
      await contracts.rebasing.send(chain.deployer, "rebase", 100n + i);
      await contracts.rebasing.send(alice.address, "transfer", carol.address, i);
      await daemon.untilApplied(chain, (await chain.head()).number + 1);
    }
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    // What rebasing did to a holder whom no event named since is seen with the next one.
    await contracts.rebasing.send(bob.address, "transfer", alice.address, 5n);
    await contracts.rebasing.send(alice.address, "transfer", carol.address, 5n);
    await chain.mine();
    await assertAllTrue();
  });
});
