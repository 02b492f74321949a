// Starting, stopping, and who else may work in the same folder.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger, postmasterOf } from "./harness/ledger.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually, pause, within } from "./harness/waiting.mjs";

describe("a daemon's life", { timeout: 240_000 }, () => {
  const lab = new Lab();
  const shutdownSeconds = 4;
  let chain, gate, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    gate = await Gate.before(lab, chain.address);
    const entry = chainEntry(chain, { endpoints: [endpoint(gate.address)] });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry], {
      shutdown_timeout: `${shutdownSeconds}s`,
    }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const nobodyIsLeft = () => assert.deepEqual(lab.inhabitants(daemon.dataDir), []);
  const restart = async () => {
    await daemon.start();
    await daemon.untilReady();
  };

  for (const signal of ["SIGTERM", "SIGINT"]) {
    lab.it(`${signal} under traffic ends it with exit code 0, and its services with it`,
      async () => {
        const traffic = chain.traffic({ tps: 20, seed: 14 });
        chain.mineEvery(0.2);
        await daemon.untilApplied(chain, (await chain.head()).number + 2);
        const { code } = await daemon.program.end(signal, shutdownSeconds + 6);
        assert.equal(code, 0);
        nobodyIsLeft();
        await traffic.stop();
        await chain.mineEvery(0);
        await chain.mine(2);
        await restart();
        await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
      });
  }

  lab.it("SIGTERM is not held up by a request that waits for a dead chain", async () => {
    gate.stall();
    const path = daemon.balancePath("user-1", chain.chain_id, tokens.eth, "?realtime=true");
    const waiting = daemon.get(path).catch(() => "cut");
    await pause(300); // it is on its way
    await daemon.stop(shutdownSeconds + 6);
    nobodyIsLeft();
    gate.open();
    await within(5, "an end of the request", waiting);
    await restart();
  });

  lab.it("SIGHUP does not end it", async () => {
    daemon.program.signal("SIGHUP");
    await eventually("a word on it in the log",
      () => /configuration reloaded/.test(daemon.program.output()));
    assert.equal(await daemon.ready(), true);
  });

  lab.it("a second daemon in the same folder is refused and does no harm", async () => {
    const before = postmasterOf(daemon.dataDir);
    const { code, stderr } = await daemon.command("run");
    assert.equal(code, 1, stderr);
    assert.ok(stderr.includes(daemon.dataDir), stderr);
    assert.equal(postmasterOf(daemon.dataDir), before);
    await chain.mine();
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
  });

  lab.it("after kill -9 the next one adopts or recovers what is left", async () => {
    await daemon.crash();
    assert.notDeepEqual(lab.inhabitants(daemon.dataDir), [], "its services live on");
    await restart();
    await daemon.crash();
    await lab.sweep(daemon.dataDir); // the services die too, PostgreSQL without a checkpoint
    await restart();
    await daemon.crash();
    process.kill(postmasterOf(daemon.dataDir), "SIGKILL"); // and now with a stale postmaster.pid
    await restart();
    await chain.mine();
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
  });

  lab.it("SIGTERM at any moment of its start leaves nobody behind", async () => {
    await daemon.stop();
    for (const milliseconds of [0, 50, 150, 300, 600, 1000, 1500]) {
      const starting = daemon.start().catch(() => "ended before it answered");
      await pause(milliseconds);
      await daemon.program.end("SIGTERM", shutdownSeconds + 6);
      await starting;
      await eventually(`nobody left (${milliseconds} ms)`,
        () => lab.inhabitants(daemon.dataDir).length === 0);
    }
    await restart();
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
    await daemon.stop();
    nobodyIsLeft();
  });
});
