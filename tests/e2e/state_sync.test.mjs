// A chain of Bor's: what validators bring in is told outside of the receipts root, and counts.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Bor } from "./harness/bor.mjs";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";

const [claimed, checked, proven] = [0, 1, 2];
const polygon = ["--chain-id", "137"];

describe("state syncs", { timeout: 200_000 }, () => {
  const lab = new Lab();
  after(() => lab.close());

  async function follow(name, args, count) {
    const chain = await Chain.start(lab, { args, name });
    const nodes = [];
    for (let i = 0; i < count; i++) nodes.push(await Bor.before(lab, chain.address));
    for (const node of nodes) node.like(nodes[0]);
    const entry = chainEntry(chain, { endpoints: nodes.map(({ endpoint }) => endpoint) });
    const daemon = await Daemon.start(lab, name, configuration(lab, `data-${name}`, [entry]));
    await daemon.registerAll(chain);
    await daemon.untilReady();
    return { chain, daemon, nodes, ledger: Ledger.embeddedIn(daemon.dataDir) };
  }

  /// Two ordinary transfers, the state sync, and a transfer after it.
  async function expectSynced({ chain, daemon, nodes, ledger }, amount, level) {
    const [alice, bob] = chain.wallets;
    for (const value of [3n, 4n]) {
      await chain.transfer(chain.cpop, bob.address, alice.address, value);
    }
    const { number } = await nodes[0].sync(chain, chain.cpop, alice.address, amount);
    await daemon.untilAtHead(chain);
    const moves = (await ledger.moves(chain.chain_id, tokens.cpop))
      .filter(({ block }) => block === number);
    assert.deepEqual(moves.map(({ log, amount: moved }) => [log, moved]),
      [[0, "3"], [1, "4"], [2, String(amount)]]);
    assert.equal(await levelOf(chain, ledger, number), level);
    await chain.transfer(chain.cpop, alice.address, bob.address, 1n);
    const next = await chain.mine();
    await daemon.untilAtHead(chain);
    assert.equal(await levelOf(chain, ledger, next.number), proven);
    await assertBalancesTrue(chain, daemon);
  }

  async function assertBalancesTrue(chain, daemon) {
    const head = await chain.head();
    const amounts = await chain.balances(chain.wallets.map(({ address }) => {
      return { token: chain.cpop, address, at: head.hash };
    }));
    for (const [i, { user_id }] of chain.wallets.entries()) {
      const { balance_raw } = await daemon.balance(user_id, chain.chain_id, tokens.cpop);
      assert.equal(balance_raw, String(amounts[i]), user_id);
    }
    assert.equal(await daemon.metric("balance_mismatch_total"), 0);
  }

  async function levelOf(chain, ledger, number) {
    const [{ completeness }] = await ledger.rows(`SELECT completeness FROM blocks
      WHERE chain_id = ${chain.chain_id} AND number = ${number} AND NOT orphaned`);
    return completeness;
  }

  lab.it("are one endpoint's word on Polygon, whether its receipts tell them or not", async () => {
    const world = await follow("polygon", polygon, 1);
    await expectSynced(world, 1_000n, claimed);
    world.nodes[0].receiptsTell = false;
    await expectSynced(world, 2_000n, claimed);
    await world.daemon.stop();
  });

  lab.it("are checked where two endpoints tell them, on whatever chain", async () => {
    const world = await follow("two", [], 2);
    await expectSynced(world, 5_000n, checked);
    await world.daemon.stop();
  });
});
