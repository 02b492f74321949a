// An RPC endpoint that passes everything on to a node, and may change the answers.
import { createServer } from "node:http";

export class NodeProxy {
  /// `target` is "host:port". It speaks HTTP only.
  static async before(lab, target) {
    const proxy = new this();
    proxy.target = `http://${target}`;
    proxy.server = createServer((request, response) => proxy.#pass(request, response));
    await new Promise((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    proxy.endpoint = { http: `http://127.0.0.1:${proxy.server.address().port}` };
    return lab.keep(proxy);
  }

  /// For those that derive from it: may change `answer`, the node's to this call.
  change(_call, _answer) {}

  async #pass(request, response) {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const asked = Buffer.concat(parts);
      const answered = await fetch(this.target, {
        method: "POST", headers: { "content-type": "application/json" }, body: asked,
      });
      const calls = new Map([JSON.parse(asked)].flat().map((call) => [call.id, call]));
      const answers = JSON.parse(await answered.text());
      for (const answer of [answers].flat()) this.change(calls.get(answer.id), answer);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answers));
    } catch {
      response.destroy();
    }
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
