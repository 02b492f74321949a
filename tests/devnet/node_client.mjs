// JSON-RPC to a devnet node.

/// The node answered, and its answer is a JSON-RPC error.
export class NodeError extends Error {}

export class NodeClient {
  #url;
  #id = 0;

  constructor(url) {
    this.#url = url;
  }

  async call(method, ...params) {
    const [answer] = await this.batch([[method, params]]);
    if (answer.error) throw new NodeError(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  /// Sends `[method, params]` pairs in one request; answers `{result}` or `{error}` in their order.
  async batch(calls) {
    const first = this.#id + 1;
    this.#id += calls.length;
    const body = calls.map(([method, params], i) => {
      return { jsonrpc: "2.0", id: first + i, method, params };
    });
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const answers = await response.json();
    if (!Array.isArray(answers)) {
      throw new NodeError(`the node refused a batch: ${JSON.stringify(answers).slice(0, 200)}`);
    }
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    return body.map(({ id }) => byId.get(id) ?? { error: { message: "the node gave no answer" } });
  }

  /// Waits until the node answers; throws the last error after `seconds`.
  async ready(seconds) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      try {
        return await this.call("eth_chainId");
      } catch (error) {
        if (Date.now() > end) throw error;
        await pause(100);
      }
    }
  }
}

export const hex = (value) => `0x${BigInt(value).toString(16)}`;
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
