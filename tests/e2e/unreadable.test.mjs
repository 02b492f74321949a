// A followed token that begins to refuse its balances: new wallets are not kept waiting, nobody is
// told a wrong amount, and what was refused is learnt later.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Contract, compiled } from "./harness/contracts.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const secret = 10;
const openly = 11;

describe("a followed token that cannot be read", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger, token, alice, bob, carol, dave;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 4 });
    [alice, bob, carol, dave] = chain.wallets;
    token = await Contract.deploy(chain, compiled("SecretiveToken"));
    for (const { address } of [alice, bob, carol]) {
      await token.call(address, "mint", address, 1000n);
    }
    const entry = chainEntry(chain, { usdtFollowed: true });
    entry.tokens.push({ token_id: secret, kind: "erc20", symbol: "SCRT", decimals: 0,
      sync_class: "other", address: token.address, realtime: true });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry],
      { balance_sync: { verify_changed: "1s", local_ttl: "500ms", redis_ttl: "500ms" } }));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await register(alice);
    await balanceBecomes(alice, 1000n);
    await asOfNow(token, "keepSecrets", true);
  });
  after(() => lab.close());

  /// The ledger's block is after it.
  async function asOfNow(contract, name, ...values) {
    await contract.call(chain.deployer, name, ...values);
    await daemon.untilAtHead(chain);
  }

  async function register({ user_id, address }) {
    const { status, text } = await daemon.register(user_id, chain.chain_id, address);
    assert.equal(status, 201, text);
    await daemon.tracked(user_id);
  }

  const ask = ({ user_id }, query = "", id = secret) =>
    daemon.get(daemon.balancePath(user_id, chain.chain_id, id, query));

  const assertUnknown = async (wallet) =>
    assertProblem(await ask(wallet), 503, "chain-unavailable");

  /// The ledger's, and then everybody's.
  async function balanceBecomes(wallet, expected, id = secret) {
    for (const query of ["?finality=latest", ""]) {
      await eventually(`${wallet.user_id} has ${expected}`, async () => {
        const { status, json } = await ask(wallet, query, id);
        return status === 200 && json.balance_raw === String(expected);
      }, { seconds: 30 });
    }
  }

  async function changesOf({ user_id }) {
    return daemon.walk(`/v1/users/${user_id}/changes?chain_id=${chain.chain_id}` +
      `&token_id=${secret}`);
  }

  async function assertSumsTo(wallet, expected) {
    const changes = await changesOf(wallet);
    assert.equal(changes.reduce((sum, { delta_raw }) => sum + BigInt(delta_raw), 0n), expected);
    assert.ok(changes.every(({ kind }) => kind !== "sync"), "nothing is unexplained");
    const { address } = wallet;
    assert.equal(await token.read("balanceOf", address), expected, "as the chain says");
  }

  lab.it("keeps no new wallet waiting, whose other tokens answer from the ledger", async () => {
    await register(bob);
    const cpop = await ask(bob, "", tokens.cpop);
    assert.equal(cpop.status, 200);
    assert.equal(BigInt(cpop.json.balance_raw), await chain.balanceOf(chain.cpop, bob.address));
    const { status } = await ask(bob, "?finality=latest", tokens.usdt);
    assert.equal(status, 200);
  });

  lab.it("has no balance meanwhile, in no answer", async () => {
    await assertUnknown(bob);
    assertProblem(await ask(bob, "?realtime=true"), 503, "chain-unavailable");
    assertProblem(await ask(bob, "?finality=latest"), 409, "history-unavailable");
    assertProblem(await daemon.get(`/v1/users/${bob.user_id}/balances`), 503, "chain-unavailable");
    const key = { user_id: bob.user_id, chain_id: chain.chain_id, token_id: secret };
    const { json } = await daemon.ask("POST", "/v1/balances/query", { body: { items: [key] } });
    assert.equal(json.items[0].error.status, 503);
  });

  lab.it("goes on being told for whom it was known before", async () => {
    await token.call(alice.address, "transfer", chain.deployer, 1n);
    await balanceBecomes(alice, 999n);
  });

  lab.it("moves by its events, and stays unknown", async () => {
    await token.call(bob.address, "transfer", alice.address, 300n);
    await balanceBecomes(alice, 1299n);
    await token.call(alice.address, "transfer", bob.address, 20n);
    await balanceBecomes(alice, 1279n);
    await assertUnknown(bob);
    const kinds = (await changesOf(bob)).map(({ kind, delta_raw }) => `${kind} ${delta_raw}`);
    assert.deepEqual(kinds, ["transfer_out -300", "opening 300", "transfer_in 20"]);
    assert.equal(await daemon.metric("balance_shortfalls_total"), 0);
    assert.equal(await daemon.metric("balances_opened_unknown_total"), 1);
  });

  lab.it("is warned of once, however many wallets ask", async () => {
    await register(dave);
    const said = daemon.program.output().match(/balance cannot be read and is opened as unknown/g);
    assert.equal(said.length, 1);
  });

  lab.it("is still unknown after a start", async () => {
    await daemon.stop();
    await daemon.start();
    await daemon.untilReady();
    await assertUnknown(bob);
    ledger = Ledger.embeddedIn(daemon.dataDir);
  });

  lab.it("has its balance when it tells again, and its history from there", async () => {
    await token.call(chain.deployer, "keepSecrets", false);
    const told = (await chain.head()).number;
    await balanceBecomes(bob, 720n);
    await balanceBecomes(dave, 0n);
    await assertSumsTo(bob, 720n);
    const { json } = await ask(bob, "?finality=latest");
    assert.equal(json.balance_raw, "720");
    assertProblem(await ask(bob, `?at_block=${told - 1}`), 409, "history-unavailable");
    await token.call(bob.address, "transfer", alice.address, 20n);
    await balanceBecomes(bob, 700n);
    await assertSumsTo(bob, 700n);
    await assertSumsTo(alice, 1299n);
    const { items } = await daemon.expect(200, "GET", `/v1/users/${bob.user_id}/balances`);
    assert.equal(items.find(({ token_id }) => token_id === secret).balance_raw, "700");
  });

  lab.it("may refuse one holder alone", async () => {
    await asOfNow(token, "hide", carol.address, true);
    await register(carol);
    await assertUnknown(carol);
    const { json } = await ask(carol, "", tokens.cpop);
    assert.equal(BigInt(json.balance_raw), await chain.balanceOf(chain.cpop, carol.address));
    await token.call(chain.deployer, "hide", carol.address, false);
    await balanceBecomes(carol, 1000n);
    await assertSumsTo(carol, 1000n);
  });

  lab.it("may be put while it refuses one holder", async () => {
    const other = await Contract.deploy(chain, compiled("SecretiveToken"));
    for (const { address } of [alice, bob]) await other.call(address, "mint", address, 50n);
    await asOfNow(other, "hide", bob.address, true);
    await daemon.expect(200, "PUT", `/v1/tokens/${chain.chain_id}/${openly}`, { body: {
      kind: "erc20", symbol: "OPEN", decimals: 0, sync_class: "other", address: other.address,
      realtime: true } });
    await balanceBecomes(alice, 50n, openly);
    assertProblem(await ask(bob, "", openly), 503, "chain-unavailable");
    await other.call(chain.deployer, "hide", bob.address, false);
    await balanceBecomes(bob, 50n, openly);
  });

  lab.it("leaves the ledger exact", async () => {
    await daemon.untilAtHead(chain);
    await assertLedgerExact(daemon, chain, ledger, tokens.cpop);
    for (const { amount, journal } of await ledger.balances(chain.chain_id, secret)) {
      assert.equal(amount, journal);
    }
    assert.deepEqual(await ledger.suspense(chain.chain_id), []);
    assert.equal(await daemon.metric("balance_mismatch_total"), 0);
  });
});
