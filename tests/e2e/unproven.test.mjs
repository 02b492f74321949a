// Chains whose blocks cannot be proven, from the start or from a fork on: they are followed, and a
// person is told of it.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { NodeProxy } from "./harness/node_proxy.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";

/// Its headers are what `turn` makes of the node's.
class OtherHeaders extends NodeProxy {
  turn = () => {};

  change({ method }, { result }) {
    if (method.startsWith("eth_getBlockBy") && result) this.turn(result);
  }
}

const withoutRoots = (header) => Object.assign(header,
  { receiptsRoot: `0x${"0".repeat(64)}`, logsBloom: `0x${"0".repeat(512)}` });
const withNewFields = (header) => Object.assign(header,
  { blockAccessListHash: `0x${"ba".repeat(32)}`, extraData: "0xf0" });

describe("blocks that cannot be proven", { timeout: 200_000 }, () => {
  const lab = new Lab();
  let chain;

  lab.before(async () => {
    chain = await Chain.start(lab);
  });
  after(() => lab.close());

  async function follow(name, turn) {
    const nodes = [];
    for (let i = 0; i < 2; i++) nodes.push(await OtherHeaders.before(lab, chain.address));
    const turnAll = (how) => {
      for (const node of nodes) node.turn = how;
    };
    turnAll(turn);
    const entry = chainEntry(chain, { endpoints: nodes.map(({ endpoint }) => endpoint) });
    const daemon = await Daemon.start(lab, name, configuration(lab, `data-${name}`, [entry]));
    await daemon.registerAll(chain);
    await daemon.untilReady();
    return { daemon, ledger: Ledger.embeddedIn(daemon.dataDir), turnAll };
  }

  async function expectFollowed({ daemon, ledger }, level) {
    const traffic = chain.traffic({ tps: 20, seed: 7 });
    chain.mineEvery(0.2);
    await daemon.untilApplied(chain, (await chain.head()).number + 10);
    await traffic.stop();
    await chain.mineEvery(0);
    const [alice, bob] = chain.wallets;
    await chain.transfer(chain.cpop, alice.address, bob.address, 7n);
    await chain.mine();
    await assertLedgerExact(daemon, chain, ledger);
    assert.equal((await daemon.status(chain.chain_id)).completeness, level);
  }

  const linesOf = (daemon, pattern) => daemon.program.output().match(pattern) ?? [];
  const raised = (daemon) => linesOf(daemon, /alert raised.*blocks-unproven.*/g);

  lab.it("are claimed where headers, roots and blooms are none, and that is told once", async () => {
    const world = await follow("rootless", withoutRoots);
    await expectFollowed(world, "claimed");
    await expectFollowed(world, "claimed");
    assert.match(raised(world.daemon).at(-1), /taken as claimed/);
    assert.ok(raised(world.daemon).length <= 2, "its blooms were not known at first");
    await world.daemon.stop();
  });

  lab.it("are checked after a fork, until they are proven again", async () => {
    const world = await follow("fork", () => {});
    await expectFollowed(world, "proven");
    world.turnAll(withNewFields);
    await expectFollowed(world, "checked");
    assert.match(raised(world.daemon).join(), /has fields that we do not know/);
    world.turnAll(() => {});
    await expectFollowed(world, "proven");
    assert.equal(raised(world.daemon).length, 1);
    assert.equal(linesOf(world.daemon, /alert resolved.*blocks-unproven/g).length, 1);
    await world.daemon.stop();
  });
});
