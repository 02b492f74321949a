// SIGHUP: keys, limits, the log and endpoints change while the daemon runs; a bad file changes
// nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { eventually } from "./harness/waiting.mjs";

const keyOf = (name, key, scopes) =>
  ({ name, sha256: createHash("sha256").update(key).digest("hex"), scopes });

describe("a daemon that is told to reload", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon, balance, gate;

  lab.before(async () => {
    chain = await Chain.start(lab, { blockTime: 1 });
    gate = await Gate.before(lab, chain.address);
    daemon = await Daemon.start(lab, "daemon",
      configuration(lab, "data", [chainEntry(chain, { endpoints: [endpoint(gate.address)] })], {
        redis: { url: "none" }, logging: { level: "info", format: "text" },
        api: { listen: "127.0.0.1:0", threads: 2,
          auth: { mode: "api_key", keys: [keyOf("first", "k-1", ["admin"])] } },
      }), "k-1");
    await daemon.registerAll(chain);
    balance = daemon.balancePath("user-1", chain.chain_id, tokens.cpop);
  });
  after(() => lab.close());

  /// Lines of the log about reloading.
  const said = () => daemon.program.output().split("\n").filter((line) => /reloaded/.test(line));

  async function reload(change) {
    const before = said().length;
    change(daemon.config);
    daemon.rewriteConfig();
    daemon.program.signal("SIGHUP");
    return eventually("a line about it", () => said().length > before && said().at(-1));
  }

  const status = async (key) => (await daemon.get(balance, { key })).status;

  lab.it("takes new keys at once and old ones away", async () => {
    assert.deepEqual([await status("k-1"), await status("k-2")], [200, 401]);
    const line = await reload(({ api }) => {
      api.auth.keys = [keyOf("second", "k-2", ["admin"])];
    });
    assert.match(line, /configuration reloaded.*api\.auth\.keys/);
    assert.deepEqual([await status("k-1"), await status("k-2")], [401, 200]);
    daemon.key = "k-2";
  });

  lab.it("limits what a key may ask for", async () => {
    await reload(({ api }) => (api.rate_limit = { per_key_rps: 0.001, burst: 2 }));
    assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
    await reload(({ api }) => (api.rate_limit = { per_key_rps: 0, burst: 0 }));
    assert.equal(await status(), 200);
  });

  lab.it("refuses a bad file and goes on with what it had", async () => {
    const line = await reload(({ api, logging }) => {
      api.auth.keys = [];
      logging.level = "loud";
    });
    assert.match(line, /not reloaded.*daemon\.yaml:\d+:\d+: logging\.level/);
    assert.equal(await status(), 200);
    const back = await reload(({ api, logging }) => {
      api.auth.keys = [keyOf("second", "k-2", ["admin"])];
      logging.level = "info";
    });
    assert.match(back, /configuration reloaded/);
  });

  lab.it("names what waits for a restart", async () => {
    const line = await reload((config) => {
      config.logging.level = "debug";
      config.api.threads = 3;
      config.shutdown_timeout = "9s";
    });
    assert.match(line, /changed.*logging\.level/);
    assert.match(line, /needs_restart.*shutdown_timeout.*api\.threads/);
  });

  lab.it("takes intervals and thresholds, those of tokens too", async () => {
    const line = await reload((config) => {
      config.balance_sync = { ...config.balance_sync, db_sync_interval: "1s", verify_changed: "1s" };
      config.monitoring = { sync_lag_alert_threshold: "1m" };
      config.chains[0].tokens[0].mismatch_threshold = "12";
    });
    for (const key of [/balance_sync\.db_sync_interval/, /balance_sync\.verify_changed/,
      /monitoring\.sync_lag_alert_threshold/, /chains\[0\]\.tokens/]) assert.match(line, key);
    const { token_id: id } = daemon.config.chains[0].tokens[0];
    await eventually("the token's threshold", async () =>
      (await daemon.expect(200, "GET", "/v1/tokens")).items
        .some((one) => one.token_id === id && one.mismatch_threshold === "12"));
  });

  lab.it("goes on with other endpoints", async () => {
    gate.shut();
    const { number } = await chain.head();
    const line = await reload(({ chains }) => (chains[0].rpc = [endpoint(chain.address)]));
    assert.match(line, /chains\[0\]\.rpc/);
    await daemon.untilApplied(chain, number + 2);
    const { endpoints } = await daemon.status(chain.chain_id);
    assert.deepEqual(endpoints.map(({ name }) => name), [chain.address]);
    assert.equal((await daemon.get(`${balance}?realtime=true`)).status, 200);
  });
});
