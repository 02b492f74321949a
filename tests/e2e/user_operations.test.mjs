// Smart accounts (ERC-4337): wallets before they are deployed, user operations as events, and what
// they move, with the real contracts of each EntryPoint.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { EntryPoint, entryPointVersions } from "./harness/accounts.mjs";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Contract, compiled, mined } from "./harness/contracts.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const whole = 10n ** 18n;

describe("user operations", { timeout: 240_000 }, () => {
  const lab = new Lab();
  const entryPoints = new Map();
  const accounts = new Map();
  let chain, daemon, ledger, cpop;

  lab.before(async () => {
    chain = await Chain.start(lab);
    cpop = new Contract(chain, chain.cpop, compiled("CPOP").abi);
    for (const version of entryPointVersions) {
      const entryPoint = await EntryPoint.deploy(chain, version);
      entryPoints.set(version, entryPoint);
      const account = await entryPoint.account(chain.wallets[0].private_key);
      await chain.mint(chain.cpop, account.address, 100n * whole);
      await mined(chain, await chain.send(chain.deployer, account.address, "0x",
        { value: `0x${whole.toString(16)}` }));
      accounts.set(version, { ...account, user_id: `account-${version}` });
    }
    const entry = chainEntry(chain,
      { entry_points: [...entryPoints.values()].map(({ address }) => address) });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry], {
      balance_sync: { redis_ttl: "1h", local_ttl: "1h" },
    }));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
    await daemon.registerAll(chain, [...accounts.values()]);
  });
  after(() => lab.close());

  const isDeployed = async ({ user_id }) => (await daemon.tracked(user_id))[0].is_deployed;
  const balance = ({ user_id }, token) => daemon.balance(user_id, chain.chain_id, token);
  const transfer = (to, amount) => cpop.data("transfer", to, amount);
  const told = async (query) => (await daemon.expect(200, "GET", `/v1/events?${query}`)).items;

  /// Of a block that the ledger has: the operation is told of once, as the EntryPoint told it.
  async function assertTold(entryPoint, account, { block, tx, operations: [operation] }) {
    const { hash } = await chain.block(block);
    const mine = `event_type=UserOperationEvent&address=${account.address}&from_block=${block}`;
    const [event, ...others] = await told(mine);
    assert.deepEqual(others, []);
    const { timestamp, ...fixed } = event;
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.deepEqual(fixed, {
      chain_id: chain.chain_id, block_number: block, block_hash: hash, tx_hash: tx,
      log_index: operation.log_index, event_type: "UserOperationEvent",
      contract_address: entryPoint.address, user_address: account.address,
      amount: String(operation.actualGasCost), token_id: null, nft_id: null,
    });
    assert.ok(operation.actualGasCost > 0n);
  }

  for (const version of entryPointVersions) {
    lab.it(`v${version}: a wallet that is not deployed yet has its balance`, async () => {
      const account = accounts.get(version);
      assert.equal(await chain.node.call("eth_getCode", account.address, "latest"), "0x");
      assert.equal(await isDeployed(account), false);
      assert.equal((await balance(account, tokens.cpop)).balance_raw, String(100n * whole));
      assert.equal((await balance(account, tokens.eth)).balance_raw, String(whole));
    });

    lab.it(`v${version}: the first operation deploys it, and what it transfers is moved`,
      async () => {
        const [entryPoint, account] = [entryPoints.get(version), accounts.get(version)];
        const [, bob] = chain.wallets;
        const before = BigInt((await balance(bob, tokens.cpop)).balance_raw);
        const handled = await entryPoint.handle(await entryPoint.operation(account, chain.cpop,
          transfer(bob.address, 7n * whole), { deploys: true }));
        assert.deepEqual(handled.deployed, [account.address]);
        assert.equal(handled.operations[0].success, true);
        await assertLedgerExact(daemon, chain, ledger);
        assert.equal(await isDeployed(account), true);
        assert.equal((await balance(account, tokens.cpop)).balance_raw, String(93n * whole));
        assert.equal((await balance(bob, tokens.cpop)).balance_raw, String(before + 7n * whole));
        await assertTold(entryPoint, account, handled);
      });

    lab.it(`v${version}: one whose call fails is told of, and moves nothing`, async () => {
      const [entryPoint, account] = [entryPoints.get(version), accounts.get(version)];
      const [, bob] = chain.wallets;
      const moves = (await ledger.moves(chain.chain_id, tokens.cpop)).length;
      const handled = await entryPoint.handle(await entryPoint.operation(account, chain.cpop,
        transfer(bob.address, 1000n * whole)));
      assert.equal(handled.operations[0].success, false);
      assert.deepEqual(handled.deployed, []);
      await assertLedgerExact(daemon, chain, ledger);
      assert.equal((await ledger.moves(chain.chain_id, tokens.cpop)).length, moves);
      assert.equal((await balance(account, tokens.cpop)).balance_raw, String(93n * whole));
      await assertTold(entryPoint, account, handled);
    });

    lab.it(`v${version}: what operations cost shows in the native balance`, async () => {
      const [entryPoint, account] = [entryPoints.get(version), accounts.get(version)];
      const [, bob] = chain.wallets;
      for (let i = 0; i < 4; i++) {
        const before = (await balance(account, tokens.eth)).balance_raw;
        await entryPoint.handle(await entryPoint.operation(account, chain.cpop,
          transfer(bob.address, 1n)));
        const head = await daemon.untilAtHead(chain);
        const now = await chain.balanceOf(undefined, account.address, head.hash);
        assert.notEqual(String(now), before, "the operation was paid for by the account");
        await eventually("the new native balance", async () =>
          (await balance(account, tokens.eth)).balance_raw === String(now), { seconds: 2 });
      }
    });
  }

  lab.it("of wallets that nobody registered are not told of", async () => {
    const entryPoint = entryPoints.get("0.7");
    const stranger = await entryPoint.account(chain.wallets[5].private_key);
    const before = (await told("event_type=UserOperationEvent&limit=1000")).length;
    assert.ok(before > 0);
    await mined(chain, await chain.send(chain.deployer, stranger.address, "0x",
      { value: `0x${whole.toString(16)}` }));
    const { operations } = await entryPoint.handle(await entryPoint.operation(stranger,
      chain.cpop, transfer(chain.wallets[1].address, 0n), { deploys: true }));
    assert.equal(operations.length, 1);
    await assertLedgerExact(daemon, chain, ledger);
    assert.equal((await told("event_type=UserOperationEvent&limit=1000")).length, before);
  });

  lab.it("of several accounts in one transaction are told of one by one", async () => {
    const entryPoint = entryPoints.get("0.7");
    const account = accounts.get("0.7");
    const other = await entryPoint.account(chain.wallets[2].private_key);
    await mined(chain, await chain.send(chain.deployer, other.address, "0x",
      { value: `0x${whole.toString(16)}` }));
    await daemon.registerAll(chain, [{ user_id: "account-other", address: other.address }]);
    const handled = await entryPoint.handle(
      await entryPoint.operation(account, chain.cpop, transfer(other.address, 3n)),
      await entryPoint.operation(other, chain.cpop, transfer(chain.wallets[3].address, 1n),
        { deploys: true }));
    await assertLedgerExact(daemon, chain, ledger);
    const [first, second] = handled.operations;
    await assertTold(entryPoint, account, { ...handled, operations: [first] });
    await assertTold(entryPoint, other, { ...handled, operations: [second] });
    assert.equal((await balance({ user_id: "account-other" }, tokens.cpop)).balance_raw, "2");
    assert.equal(await isDeployed({ user_id: "account-other" }), true);
  });
});
