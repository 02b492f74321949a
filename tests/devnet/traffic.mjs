// Sends random transactions among the deployment's wallets and some outsiders, at a steady rate,
// until the time is up or SIGTERM/SIGINT. A node that fails or is away for a while is only counted.
// The last line is JSON: {sent, refused, unanswered, seconds, kinds: {KIND: sent}}.
import { readFileSync } from "node:fs";
import { parseEther } from "ethers";
import { Actions } from "./actions.mjs";
import { readArguments, wholeNumber } from "./arguments.mjs";
import { NodeClient, NodeError, hex, pause } from "./node_client.mjs";
import { toolsOf } from "./node_tools.mjs";
import { Random } from "./random.mjs";

const usage = `usage: traffic.mjs --rpc URL --deployment FILE [--tps 10] [--seconds S] [--seed 1]
                   [--kinds LIST]
without --seconds: until SIGTERM; LIST: tokens whose actions alone happen, as in art,game`;
const tickMilliseconds = 100;
const gas = "0x30d40";
const fees = { maxFeePerGas: "0x174876e800", maxPriorityFeePerGas: "0x0" };
const outsiders = [1, 2, 3, 4, 5].map((n) => `0x${"0".repeat(35)}c0de${n}`);

class Traffic {
  counts = { sent: 0, refused: 0, unanswered: 0 };
  kinds = {};
  stopped = false;

  constructor(node, actions, tps) {
    Object.assign(this, { node, actions, tps });
  }

  async prepare() {
    await this.node.ready(30);
    const tools = await toolsOf(this.node);
    await tools.unlock([...this.actions.wallets, ...outsiders]); // the node signs for every sender
    for (const address of outsiders) {
      const balance = BigInt(await this.node.call("eth_getBalance", address, "latest"));
      if (balance < parseEther("500")) await tools.setBalance(address, hex(parseEther("1000")));
    }
  }

  async run(seconds) {
    const start = Date.now();
    const end = seconds === 0 ? Infinity : start + seconds * 1000;
    let due = 0;
    let before = start;
    while (!this.stopped && Date.now() < end) {
      const now = Date.now();
      // After a pause at most one second's worth is made up for.
      due = Math.min(due + ((now - before) * this.tps) / 1000, this.tps);
      before = now;
      const count = Math.floor(due);
      due -= count;
      if (count > 0 && !(await this.step(count))) await pause(500);
      await pause(Math.max(0, tickMilliseconds - (Date.now() - now)));
    }
    return (Date.now() - start) / 1000;
  }

  /// Sends `count` transactions; false when the node did not answer.
  async step(count) {
    try {
      const actions = [];
      for (let i = 0; i < count; i++) actions.push(await this.actions.next());
      const calls = actions.map(({ transaction }) => [
        "eth_sendTransaction", [{ gas, ...fees, ...transaction }],
      ]);
      const answers = await this.node.batch(calls);
      answers.forEach((answer, i) => this.count(actions[i].kind, answer));
      return true;
    } catch (error) {
      if (error instanceof NodeError) this.counts.refused++;
      else this.counts.unanswered++;
      return false;
    }
  }

  count(kind, answer) {
    if (answer.error) {
      this.counts.refused++;
    } else {
      this.counts.sent++;
      this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    }
  }
}

const given = readArguments(usage, {
  rpc: undefined, deployment: undefined, tps: "10", seconds: "0", seed: "1", kinds: "",
});
const tps = wholeNumber(given, "tps", 1);
const seconds = wholeNumber(given, "seconds", 0);
const random = new Random(wholeNumber(given, "seed", 0));
try {
  const node = new NodeClient(given.rpc);
  const deployment = JSON.parse(readFileSync(given.deployment, "utf8"));
  const actions = new Actions(node, deployment, outsiders, random, given.kinds);
  const traffic = new Traffic(node, actions, tps);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => (traffic.stopped = true));
  await traffic.prepare();
  const took = await traffic.run(seconds);
  console.log(JSON.stringify({ ...traffic.counts, seconds: took, kinds: traffic.kinds }));
} catch (error) {
  console.error(`traffic: ${error.cause?.message ?? error.message}`);
  process.exit(1);
}
