// The ledger's past: balances as of earlier blocks, settled balances, changes and events.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain, readTransfer, topics } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertTrue } from "./harness/truth.mjs";
import { repetitions } from "./harness/places.mjs";
import { pause } from "./harness/waiting.mjs";

const slots = 4; // anvil: safe is so many blocks deep, finalized twice as many
const deepestReorg = 6;
const askedBlocks = 100;

const random = (from, to) => from + Math.floor(Math.random() * (to - from + 1));

describe("the ledger's past", { timeout: 300_000 }, () => {
  const lab = new Lab();
  let chain, daemon, openedAt;

  lab.before(async () => {
    chain = await Chain.start(lab, { args: ["--slots-in-an-epoch", String(slots)] });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    await daemon.registerAll(chain);
    openedAt = new Map();
    for (const { user_id, address } of chain.wallets) {
      const [{ tracked_from_block }] = await daemon.tracked(user_id);
      openedAt.set(address.toLowerCase(), tracked_from_block);
    }
  });
  after(() => lab.close());

  const cpop = ({ user_id }, query = "") =>
    daemon.balance(user_id, chain.chain_id, tokens.cpop, query);
  const ask = (user, token, query) =>
    daemon.get(daemon.balancePath(user, chain.chain_id, token, query));
  const opened = ({ address }) => openedAt.get(address.toLowerCase());
  const someone = () => chain.wallets[random(0, chain.wallets.length - 1)];

  lab.it("is the chain's own at a hundred random blocks, under traffic", async () => {
    const traffic = chain.traffic({ tps: 40, seed: 21 });
    chain.mineEvery(0.1);
    const first = Math.max(...openedAt.values());
    await daemon.untilApplied(chain, first + repetitions(120, 40), 60);
    const answers = [];
    for (let i = 0; i < askedBlocks; i++) {
      const wallet = someone();
      const { cursor } = await daemon.status(chain.chain_id);
      const block = random(opened(wallet), cursor);
      const { status, headers, json, text } =
        await ask(wallet.user_id, tokens.cpop, `?at_block=${block}`);
      assert.equal(status, 200, text);
      assert.equal(headers.get("x-balance-tier"), "database");
      assert.equal(json.block_number, block);
      assert.equal(json.source, "cache");
      assert.equal(json.is_realtime, false);
      assert.ok(!("chain_confirmation" in json));
      assert.ok(json.sync_lag <= 3, `a lag of ${json.sync_lag} s`);
      answers.push({ answer: json, address: wallet.address });
    }
    await traffic.stop();
    chain.mineEvery(0);
    await chain.mine(2);
    await assertTrue(chain, answers);
    assert.ok(new Set(answers.map(({ answer }) => answer.block_number)).size > 20);
  });

  lab.it("is refused outside of what the ledger covers", async () => {
    const head = await daemon.untilAtHead(chain);
    const [wallet] = chain.wallets;
    const { user_id } = wallet;
    assert.equal((await cpop(wallet, `?at_block=${opened(wallet)}`)).block_number, opened(wallet));
    assert.equal((await cpop(wallet, `?at_block=${head.number}`)).block_hash, head.hash);
    for (const block of [0, opened(wallet) - 1, head.number + 1, head.number + 1000]) {
      assertProblem(await ask(user_id, tokens.cpop, `?at_block=${block}`), 409,
        "history-unavailable");
    }
    for (const token of [tokens.eth, tokens.usdt, tokens.art]) {
      for (const query of [`?at_block=${head.number}`, "?finality=latest"]) {
        assertProblem(await ask(user_id, token, query), 409, "history-unavailable");
      }
    }
    assertProblem(await ask("nobody", tokens.cpop, "?finality=latest"), 404, "unknown-user");
    for (const query of ["?at_block=x", "?finality=soon", "?at_block=1&finality=safe",
      "?at_block=1&realtime=true", "?finality=safe&realtime=true",
      "?finality=safe&confirmations=2"]) {
      assertProblem(await ask(user_id, tokens.cpop, query), 400, "invalid-parameter");
    }
  });

  lab.it("that is finalized is never reverted, whatever is reorganised", async () => {
    const traffic = chain.traffic({ tps: 40, seed: 22 });
    const answers = [];
    let polling = true;
    const newest = new Map();
    const poll = async () => {
      while (polling) {
        const wallet = someone();
        const answer = await cpop(wallet, "?finality=finalized");
        assert.ok(answer.block_number >= (newest.get(wallet.user_id) ?? 0), "it went back");
        newest.set(wallet.user_id, answer.block_number);
        answers.push({ answer, address: wallet.address });
        const settled = await cpop(wallet, "?finality=safe");
        assert.ok(settled.block_number >= answer.block_number);
        await pause(5);
      }
    };
    const polls = poll();
    polls.catch(() => {}); // awaited below
    const reorgs = repetitions(10, 4);
    for (let i = 0; i < reorgs; i++) {
      chain.mineEvery(0.1);
      const { number } = await chain.head();
      await daemon.untilApplied(chain, number + 2 * slots);
      chain.mineEvery(0);
      await pause(50); // a block that is being mined
      await chain.reorg(2 + (i % (deepestReorg - 1)), []);
    }
    chain.mineEvery(0.1);
    await daemon.untilApplied(chain, (await chain.head()).number + 2);
    polling = false;
    await polls;
    await traffic.stop();
    chain.mineEvery(0);
    await chain.mine(2);
    assert.ok((await daemon.metric("reorgs_total")) > 0);
    assert.ok(answers.length > 50, `only ${answers.length} answers`);
    assert.ok(new Set(answers.map(({ answer }) => answer.block_number)).size > 2);
    await assertTrue(chain, answers);
  });

  lab.it("sums to the balance; what was taken back shows only when asked for", async () => {
    const head = await daemon.untilAtHead(chain);
    let orphaned = 0;
    for (const wallet of chain.wallets) {
      const path = `/v1/users/${wallet.user_id}/changes`;
      const changes = await daemon.walk(`${path}?token_id=${tokens.cpop}`, 50);
      const sum = changes.reduce((total, { delta_raw }) => total + BigInt(delta_raw), 0n);
      const amount = await chain.balanceOf(chain.cpop, wallet.address, head.hash);
      assert.equal(String(sum), String(amount), wallet.user_id);
      assert.equal((await cpop(wallet)).balance_raw, String(sum));
      assert.ok(changes.every((change) => !("orphaned" in change)));
      const all = await daemon.walk(`${path}?include_orphaned=true&token_id=${tokens.cpop}`, 33);
      assert.deepEqual(all.filter((change) => change.orphaned !== true), changes);
      orphaned += all.length - changes.length;
      await assertShape(changes, wallet);
    }
    assert.ok(orphaned > 0, "nothing was ever taken back");
  });

  async function assertShape(changes, wallet) {
    assert.equal(changes[0].kind, "opening");
    assert.equal(changes[0].log_index, null);
    assert.equal(changes[0].tx_hash, null);
    const hashes = await chain.hashes(changes.map(({ block_number }) => block_number));
    for (const change of changes) {
      assert.deepEqual(Object.keys(change), ["chain_id", "token_id", "address", "nft_id",
        "block_number", "block_hash", "log_index", "tx_hash", "kind", "delta_raw", "timestamp"]);
      assert.equal(change.address, wallet.address);
      assert.equal(change.block_hash, hashes.get(change.block_number));
    }
  }

  /// What the chain's logs mean to the wallets that were tracked then, in their order.
  async function eventsOfTheChain(head) {
    const expected = [];
    for (const log of await chain.logs(chain.cpop, 0, head.number)) {
      const block = Number(log.blockNumber);
      const told = (type, address, amount) => {
        const since = openedAt.get(address.toLowerCase());
        if (since === undefined || since >= block) return;
        expected.push([block, Number(log.logIndex), type, address.toLowerCase(), String(amount),
          log.transactionHash].join(" "));
      };
      const who = () => `0x${log.topics[1].slice(26)}`;
      if (log.topics[0] === topics.transfer) {
        const { from, to, amount } = readTransfer(log);
        told("Transfer", from, amount);
        if (to !== from) told("Transfer", to, amount); // one row a wallet
      }
      if (log.topics[0] === topics.mint) told("Mint", who(), BigInt(log.data));
      if (log.topics[0] === topics.burn) told("Burn", who(), BigInt(log.data));
    }
    return expected;
  }

  lab.it("has the chain's events, each told to each tracked wallet", async () => {
    const head = await daemon.untilAtHead(chain);
    const line = (event) => [event.block_number, event.log_index, event.event_type,
      event.user_address.toLowerCase(), event.amount, event.tx_hash].join(" ");
    const expected = await eventsOfTheChain(head);
    const events = await daemon.walk("/v1/events", 77);
    assert.deepEqual(events.map(line), expected);
    for (const type of ["Transfer", "Mint", "Burn"]) {
      assert.ok(events.some(({ event_type }) => event_type === type), `no ${type}`);
    }
    for (const event of events) {
      assert.deepEqual(Object.keys(event), ["chain_id", "block_number", "block_hash", "tx_hash",
        "log_index", "event_type", "contract_address", "user_address", "amount", "token_id",
        "nft_id", "timestamp"]);
      assert.equal(event.contract_address, chain.cpop);
      assert.equal(event.token_id, tokens.cpop);
    }
    const { address } = chain.wallets[2];
    const middle = events[Math.floor(events.length / 2)].block_number;
    const cases = {
      [`?address=${address}`]: ({ user_address }) => user_address === address,
      [`?address=${chain.cpop.toLowerCase()}&chain_id=${chain.chain_id}`]: () => true,
      "?event_type=Burn": ({ event_type }) => event_type === "Burn",
      [`?from_block=${middle}`]: ({ block_number }) => block_number >= middle,
      [`?event_type=Mint&address=${address}&from_block=${middle}`]: (event) =>
        event.event_type === "Mint" && event.user_address === address &&
        event.block_number >= middle,
      "?chain_id=4711": () => false,
      [`?address=${chain.deployer}`]: () => false,
    };
    for (const [query, wanted] of Object.entries(cases)) {
      assert.deepEqual(await daemon.walk(`/v1/events${query}`, 25), events.filter(wanted), query);
    }
  });

  lab.it("is empty for who is unknown", async () => {
    assert.deepEqual(await daemon.walk("/v1/users/nobody/changes"), []);
  });
});

describe("the past before the daemon", { timeout: 120_000 }, () => {
  const lab = new Lab();
  const blocks = 150; // more than are walked one by one
  let chain, gate, daemon, startBlock;

  lab.before(async () => {
    chain = await Chain.start(lab, { args: ["--slots-in-an-epoch", "1"] });
    gate = await Gate.before(lab, chain.address);
    startBlock = chain.block_number + 1;
    for (let i = 0; i < blocks; i++) {
      const [from, to] = [0, 1].map((n) => chain.wallets[(i + n) % 10].address);
      if (i % 7 === 0) await chain.transfer(chain.cpop, from, to, BigInt(i + 1));
      await chain.mine();
    }
    const entry = chainEntry(chain, { endpoints: [endpoint(gate.address)],
      start_block: startBlock, integrity: "none" }); // ranges: not every block is stored
    daemon = new Daemon(lab, "daemon",
      configuration(lab, "data", [entry], { redis: { url: "none" } }));
    gate.shut();
    await daemon.start();
    for (const { user_id, address } of chain.wallets) {
      await daemon.register(user_id, chain.chain_id, address);
    }
    gate.open();
    await daemon.untilReady();
    for (const { user_id } of chain.wallets) await daemon.tracked(user_id);
  });
  after(() => lab.close());

  const at = (user, block) =>
    daemon.get(daemon.balancePath(user, chain.chain_id, tokens.cpop, `?at_block=${block}`));

  lab.it("is told at every block, also at those that were not stored", async () => {
    const answers = [];
    for (let i = -1; i < blocks; i++) {
      const { user_id, address } = chain.wallets[(i + 10) % 10];
      const { status, json, text } = await at(user_id, startBlock + i);
      assert.equal(status, 200, text);
      answers.push({ answer: json, address });
    }
    await assertTrue(chain, answers);
    assertProblem(await at("user-1", startBlock - 2), 409, "history-unavailable");
  });

  lab.it("says that the chain is away where only the chain knows the block's hash", async () => {
    gate.shut();
    assert.equal((await at("user-1", startBlock + 7)).status, 200);
    const refused = await at("user-1", startBlock + 3);
    assertProblem(refused, 503, "chain-unavailable");
    assert.ok(refused.headers.has("retry-after"));
  });
});
